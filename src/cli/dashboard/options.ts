import type { CommandLine, Options } from '../command.ts';
import { absoluteUrl, headerField, wholeNumber } from '../option-values.ts';

export const DASHBOARD_OPTIONS = {
  url: {
    short: 'u',
    value: '<url>',
    reads: absoluteUrl,
    help: 'where the dashboard is mounted in the program to be watched',
  },
  header: {
    short: 'H',
    value: "'<name>: <value>'",
    reads: headerField,
    isList: true,
    help: 'a header field to ask it with, where it is guarded; may be given several times',
  },
  port: {
    short: 'p',
    value: '<n>',
    reads: wholeNumber(0, 65_535),
    help: 'the port on 127.0.0.1 to show it at [9090; 0 takes any that is free]',
  },
} as const satisfies Options;

/** The command line of `holdfast dashboard`, read. */
export type DashboardLine = CommandLine<typeof DASHBOARD_OPTIONS>;
