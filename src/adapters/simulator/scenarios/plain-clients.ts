import type { Clock } from '../../../core/clock.ts';
import {
  nonNegative,
  positive,
  ratio,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../../core/options.ts';
import type { ClientParts } from '../fleet.ts';
import type { ReadableClient } from './client-reading.ts';
import { ThreeStates } from './three-states.ts';

/** The settings that the clients beside holdfast share with it. */
export interface PlainClientOptions {
  /** An attempt is given up after so many milliseconds. */
  readonly attemptTimeoutMs: number;
  /** Retries after the first try, at most. */
  readonly maxRetries: number;
  /** The first wait is up to so many milliseconds, then twice as many. @defaultValue 250 */
  readonly baseDelayMs?: number;
  /** A wait is no longer than so many milliseconds. @defaultValue 20000 */
  readonly maxDelayMs?: number;
}

type MakeClient = (parts: ClientParts) => ReadableClient;

const WAITS = { baseDelayMs: 250, maxDelayMs: 20_000 };
const CHECKS: Checks<PlainClientOptions> = {
  attemptTimeoutMs: positive,
  maxRetries: wholeNumber(0),
  baseDelayMs: nonNegative,
  maxDelayMs: nonNegative,
};
const REQUIRED = ['attemptTimeoutMs', 'maxRetries'] as const;

/**
 * Makes clients that are a fetch with a timeout, and nothing else.
 *
 * @throws OptionError where an option is out of its range
 *
 * @example
 * const makeClient = withoutRetries({ attemptTimeoutMs: 1_000 });
 */
export function withoutRetries(options: Pick<PlainClientOptions, 'attemptTimeoutMs'>): MakeClient {
  const { attemptTimeoutMs } = readOptions(
    'withoutRetries',
    options,
    {},
    { attemptTimeoutMs: positive },
    ['attemptTimeoutMs'],
  );
  return retrying({ attemptTimeoutMs, maxRetries: 0, ...WAITS });
}

/**
 * Makes clients that are a fetch with a timeout, and retries with exponential backoff and full
 * jitter: of every failure, for every call alone. Most retry packages do this.
 *
 * @throws OptionError where an option is out of its range
 *
 * @example
 * const makeClient = retryingClient({ attemptTimeoutMs: 1_000, maxRetries: 3 });
 */
export function retryingClient(options: PlainClientOptions): MakeClient {
  return retrying(readOptions('retryingClient', options, WAITS, CHECKS, REQUIRED));
}

/** How a {@link breakingClient} opens. */
export interface BreakingClientOptions extends PlainClientOptions {
  /** It opens where this share of the last ten seconds failed, 0 to 1. @defaultValue 0.5 */
  readonly failureRatio?: number;
  /** How many attempts there must be for that. @defaultValue 10 */
  readonly minimumCalls?: number;
  /** How long it refuses everybody, in milliseconds, before one probe goes out. @defaultValue 5000 */
  readonly openMs?: number;
}

const BREAKING_CHECKS: Checks<BreakingClientOptions> = {
  ...CHECKS,
  failureRatio: ratio,
  minimumCalls: wholeNumber(1),
  openMs: positive,
};
const BREAKING_DEFAULTS = { ...WAITS, failureRatio: 0.5, minimumCalls: 10, openMs: 5_000 };

/**
 * Makes clients with the same retries and a circuit breaker of three states inside, as the textbook
 * has it: open for a set time, then one probe that decides. It counts by host.
 *
 * @throws OptionError where an option is out of its range
 *
 * @example
 * const makeClient = breakingClient({ attemptTimeoutMs: 1_000, maxRetries: 3 });
 */
export function breakingClient(options: BreakingClientOptions): MakeClient {
  const settings = readOptions(
    'breakingClient',
    options,
    BREAKING_DEFAULTS,
    BREAKING_CHECKS,
    REQUIRED,
  );
  const makeRetrying = retrying(settings);
  return (parts) => {
    const { fetch, clock } = parts;
    const states = new ThreeStates(() => clock.now(), settings);
    const guarded: ClientParts['fetch'] = async (url, init) => {
      const pass = states.enter();
      if (pass === undefined) throw new CircuitOpen();
      try {
        const response = await fetch(url, init);
        states.ended(pass, isFailure(response));
        return response;
      } catch (error) {
        states.ended(pass, true);
        throw error;
      }
    };
    const client = makeRetrying({ ...parts, fetch: guarded });
    return Object.assign(client, { reading: () => ({ circuit: states.state }) });
  };
}

function retrying(settings: Required<PlainClientOptions>): MakeClient {
  const { attemptTimeoutMs, maxRetries, baseDelayMs, maxDelayMs } = settings;
  return ({ fetch, clock, random }) =>
    async (url, init) => {
      for (let retries = 0; ; retries += 1) {
        const ended = await attempt(fetch, url, init, clock, attemptTimeoutMs);
        if (retries >= maxRetries || !ended.isFailure) return ended.get();
        await pause(clock, random() * Math.min(maxDelayMs, baseDelayMs * 2 ** retries));
      }
    };
}

// One for all: thousands are thrown, and nobody reads where.
const TIMED_OUT = new DOMException('The attempt timed out.', 'TimeoutError');

class CircuitOpen extends Error {
  override readonly name = 'CircuitOpen';
}

const isFailure = ({ status }: { readonly status: number }): boolean =>
  status >= 500 || status === 429;

interface Ended {
  readonly isFailure: boolean;
  /** Gives the response, or throws the error. */
  readonly get: () => Response;
}

async function attempt(
  fetch: ClientParts['fetch'],
  url: string,
  init: RequestInit,
  clock: Clock,
  timeoutMs: number,
): Promise<Ended> {
  const controller = new AbortController();
  const timer = clock.setTimer(() => controller.abort(TIMED_OUT), timeoutMs);
  try {
    const response = await fetch(url, { ...init, signal: controller.signal });
    return { isFailure: isFailure(response), get: () => response };
  } catch (error) {
    return {
      isFailure: true,
      get() {
        throw error;
      },
    };
  } finally {
    timer.cancel();
  }
}

const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => void clock.setTimer(resolve, delayMs));
