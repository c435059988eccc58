import type { CommandLine, Options } from '../command.ts';
import {
  absoluteUrl,
  anyText,
  headerField,
  httpMethod,
  httpStatus,
  moment,
  wholeNumber,
} from '../option-values.ts';

export const EXPLAIN_OPTIONS = {
  status: { short: 's', value: '<code>', reads: httpStatus, help: 'the HTTP status' },
  header: {
    short: 'H',
    value: "'<name>: <value>'",
    reads: headerField,
    isList: true,
    help: 'a header field; may be given several times',
  },
  body: {
    short: 'd',
    value: '<text>',
    reads: anyText,
    help: 'the body; @file reads it from a file',
  },
  url: {
    short: 'u',
    value: '<url>',
    reads: absoluteUrl,
    help: 'where it came from: chooses the catalog as byHost does',
  },
  catalog: {
    short: 'c',
    value: '<name>',
    reads: anyText,
    help: 'the provider\'s catalog, or "none"',
  },
  method: {
    short: 'X',
    value: '<method>',
    reads: httpMethod,
    help: "the request's method: decides what may be repeated [that of the input, or GET]",
  },
  now: {
    value: '<time>',
    reads: moment,
    help: 'when it arrived, as epoch milliseconds or a date [its Date header, otherwise the current time]',
  },
  'max-retries': {
    value: '<n>',
    reads: wholeNumber(0, 100),
    help: 'how many retries the schedule shows [3, the default]',
  },
  json: { help: 'print JSON' },
} as const satisfies Options;

/** The command line of `holdfast explain`, read. */
export type ExplainLine = CommandLine<typeof EXPLAIN_OPTIONS>;
