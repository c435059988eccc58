import type { ResilientFetchOptions } from '../../http/standard-stack.ts';
import { isRecord, type JsonRecord } from '../json-record.ts';
import { UsageError } from '../usage-error.ts';
import { RIVALS, SCENARIO_NAMES, type SimulateLine } from './options.ts';

/** What is to be simulated. */
export interface SimulationRequest {
  readonly scenario: (typeof SCENARIO_NAMES)[number];
  readonly parameters: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly against: (typeof RIVALS)[number];
  /** Options of the wrapped fetch, as far as they were given. */
  readonly policy: ResilientFetchOptions;
}

const MEMBERS = ['scenario', 'parameters', 'seed', 'against', 'policy'] as const;

/**
 * Puts together what flags and a file say; flags go before the file.
 *
 * @param file - the text of the file; `undefined` where none is named
 * @throws {@link UsageError} where they cannot be used
 */
export function requestOf(
  { values, operands }: SimulateLine,
  file: string | undefined,
): SimulationRequest {
  const given = file === undefined ? {} : readFile(file);
  const { parameters, policy, seed = 1 } = given;
  if (typeof seed !== 'number') throw wrongMember('seed', 'a number', seed);
  return {
    scenario: oneOfThese('scenario', SCENARIO_NAMES, operands[0], given['scenario']) ?? 'outage',
    parameters: {
      ...(objectIn('parameters', parameters) as Record<string, number>),
      ...Object.fromEntries(values.set),
    },
    seed: values.seed ?? seed,
    against: oneOfThese('against', RIVALS, values.against, given['against']) ?? 'retries',
    policy: withFlags(objectIn('policy', policy), values),
  };
}

function readFile(text: string): JsonRecord {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--file: expected JSON, got ${(error as Error).message}`);
  }
  if (!isRecord(given)) throw new UsageError('--file: expected an object of JSON');
  const unknown = Object.keys(given).find((name) => !MEMBERS.some((member) => member === name));
  if (unknown !== undefined) {
    throw new UsageError(`--file: expected the members ${MEMBERS.join(', ')}, got "${unknown}"`);
  }
  return given;
}

const wrongMember = (name: string, expected: string, got: unknown): UsageError =>
  new UsageError(`--file: ${name}: expected ${expected}, got ${JSON.stringify(got)}`);

function objectIn(name: string, value: unknown): JsonRecord {
  if (value === undefined) return {};
  if (!isRecord(value)) throw wrongMember(name, 'an object', value);
  return value;
}

function oneOfThese<Word extends string>(
  name: string,
  words: readonly Word[],
  flag: string | undefined,
  member: unknown,
): Word | undefined {
  const given = flag ?? member;
  if (given === undefined) return undefined;
  const word = words.find((one) => one === given);
  if (word !== undefined) return word;
  const expected = `one of ${words.join(', ')}`;
  throw flag === undefined
    ? wrongMember(name, expected, member)
    : new UsageError(`${name}: expected ${expected}, got "${flag}"`);
}

/** The flags stand for options of the same meaning; the rest is as the file has it. */
function withFlags(policy: JsonRecord, values: SimulateLine['values']): ResilientFetchOptions {
  const made: Record<string, unknown> = { ...policy };
  const within = (name: string): JsonRecord => (isRecord(made[name]) ? made[name] : {});
  const {
    'max-retries': maxRetries,
    'attempt-timeout': attemptTimeoutMs,
    'rate-per-second': ratePerSecond,
    'circuit-breaker': breaker,
  } = values;
  if (maxRetries !== undefined) made['retry'] = { ...within('retry'), maxRetries };
  if (attemptTimeoutMs !== undefined) made['attemptTimeoutMs'] = attemptTimeoutMs;
  if (ratePerSecond !== undefined) made['rateLimit'] = { ...within('rateLimit'), ratePerSecond };
  if (breaker === 'off') made['circuitBreaker'] = false;
  else if (breaker !== undefined) {
    made['circuitBreaker'] = { ...within('circuitBreaker'), mode: breaker };
  }
  return made;
}
