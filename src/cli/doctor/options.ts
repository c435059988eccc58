import type { CommandLine, Options } from '../command.ts';
import { anyText } from '../option-values.ts';

export const DOCTOR_OPTIONS = {
  catalog: {
    short: 'c',
    value: '<name>',
    reads: anyText,
    help: 'the provider\'s catalog for all requests, or "none" [by each request\'s host]',
  },
  json: { help: 'print JSON' },
} as const satisfies Options;

/** The command line of `holdfast doctor`, read. */
export type DoctorLine = CommandLine<typeof DOCTOR_OPTIONS>;
