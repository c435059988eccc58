import type { CommandLine, Options, ValueReader } from '../command.ts';
import { filePath, oneOf, wholeNumber } from '../option-values.ts';

/** The scenarios, by their names; a test compares them with those of `holdfast/simulator`. */
export const SCENARIO_NAMES = [
  'outage',
  'rate-limit',
  'slow-down',
  'flaky',
  'herd',
  'lasting-overload',
  'bad-endpoint',
] as const;

/** Who may stand beside holdfast. */
export const RIVALS = ['retries', 'no-retries', 'classic', 'none'] as const;

const parameter: ValueReader<readonly [name: string, value: number]> = {
  expected: '"name=number", as in callsPerSecond=80',
  read(text) {
    const [, name, digits] = /^([A-Za-z]+)=(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
    return name === undefined || digits === undefined ? undefined : [name, Number(digits)];
  },
};

const positiveNumber: ValueReader<number> = {
  expected: 'a number > 0',
  read: (text) => (/^\d+(?:\.\d+)?$/.test(text) && Number(text) > 0 ? Number(text) : undefined),
};

export const SIMULATE_OPTIONS = {
  set: {
    value: '<name=number>',
    reads: parameter,
    isList: true,
    help: 'a number of the scenario, such as callsPerSecond; may be given several times',
  },
  'max-retries': {
    value: '<n>',
    reads: wholeNumber(0, 100),
    help: 'retries after the first try [3]',
  },
  'attempt-timeout': {
    value: '<ms>',
    reads: wholeNumber(1),
    help: 'how long one attempt may take, for every client [what fits the scenario]',
  },
  'rate-per-second': {
    value: '<n>',
    reads: positiveNumber,
    help: 'at most so many requests a second from each process [it learns the rate]',
  },
  'circuit-breaker': {
    value: '<mode>',
    reads: oneOf(['adaptive', 'classic', 'off']),
    help: 'adaptive, classic or off [adaptive]',
  },
  file: {
    value: '<file>',
    reads: filePath,
    isFile: true,
    help: 'JSON: scenario, parameters, seed, against, and policy with options of resilientFetch; flags go before it',
  },
  against: {
    value: '<client>',
    reads: oneOf(RIVALS),
    help: 'who is in the same world beside it: retries (backoff and full jitter), no-retries, classic (the same retries and a breaker), none [retries]',
  },
  seed: {
    value: '<n>',
    reads: wholeNumber(0),
    help: 'the same seed gives the same run [1]',
  },
  svg: {
    value: '<file>',
    reads: filePath,
    isFile: true,
    help: 'draws the plot into a file as well',
  },
  json: { help: 'print JSON: totals and every second' },
} as const satisfies Options;

/** The command line of `holdfast simulate`, read. */
export type SimulateLine = CommandLine<typeof SIMULATE_OPTIONS>;
