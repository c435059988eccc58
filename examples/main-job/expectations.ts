import type { Category } from 'holdfast';
import type { Expectation, Observation, Outcome } from './situation.ts';
import { callerWords, count, seconds, classificationWords } from './words.ts';

/** Exactly this many requests reach the server. */
export function requests(amount: number): Expectation {
  return {
    words: count(amount, 'request'),
    differs: (seen) =>
      unless(seen.requests.length === amount, `the server saw ${seen.requests.length}`),
  };
}

/** holdfast makes this many attempts, whether or not they reach the server. */
export function attempts(amount: number): Expectation {
  return {
    words: count(amount, 'attempt'),
    differs({ outcomes: [outcome] }) {
      const made = outcome?.report?.attempts.length;
      return unless(made === amount, `there were ${made}`);
    },
  };
}

/** The first attempt's failure is classified like this. */
export function verdict(category: Category, errorCode?: string): Expectation {
  return {
    words: errorCode === undefined ? category : `${category} (${errorCode})`,
    differs({ outcomes: [outcome] }) {
      const read = outcome?.report?.attempts[0]?.classification;
      if (read === undefined) return 'there was no classification';
      const agrees =
        read.category === category && (errorCode === undefined || read.errorCode === errorCode);
      return unless(agrees, `it was read as ${classificationWords(read)}`);
    },
  };
}

/** Between the first request and the second at least this long passes, on the server's watch. */
export function waitsAtLeast(ms: number): Expectation {
  return {
    words: `≥ ${seconds(ms)} before attempt 2`,
    differs({ requests: [first, second] }) {
      if (first === undefined || second === undefined) return 'there was no second request';
      const gap = second.at - first.at;
      return unless(gap >= ms, `it came after ${gap.toFixed(1)} ms`);
    },
  };
}

/** The caller has its answer after at most `atMostMs`, and no sooner than `atLeastMs`. */
export function answersWithin(atMostMs: number, atLeastMs = 0): Expectation {
  const words =
    atLeastMs > 0
      ? `an answer after ${seconds(atLeastMs)}–${seconds(atMostMs)}`
      : `an answer within ${seconds(atMostMs)}`;
  return {
    words,
    differs({ outcomes: [outcome] }) {
      const tookMs = outcome?.tookMs ?? Infinity;
      return unless(tookMs <= atMostMs && tookMs >= atLeastMs, `it took ${tookMs.toFixed(0)} ms`);
    },
  };
}

/** In the end the circuit is in this state. */
export function circuit(state: 'closed' | 'open'): Expectation {
  return {
    words: `circuit ${state}`,
    differs(seen) {
      const { last } = circuitStates(seen);
      return unless(last === state, `it is ${last}`);
    },
  };
}

/** The states of the circuit, the last one and how often each was entered. */
export function circuitStates({ events }: Observation) {
  const entered = { closed: 0, open: 0, 'half-open': 0 };
  let last: keyof typeof entered = 'closed';
  for (const { event } of events) {
    if (event.type !== 'circuit-changed') continue;
    last = event.to;
    entered[last] += 1;
  }
  return { last, entered };
}

/** The caller gets this response, its body whole: as it is, or as Ok or Err(http). */
export function callerGets(status: number, errorCode?: string): Expectation {
  const succeeds = status < 400;
  return {
    words: succeeds ? `caller gets ${status}` : `caller gets the ${status} itself, or Err(http)`,
    differs({ outcomes: [outcome] }) {
      if (outcome === undefined) return 'it got nothing';
      const asResponse =
        outcome.gave === 'response' &&
        outcome.status === status &&
        outcome.errorCode === errorCode &&
        outcome.body === 'whole';
      const asError = outcome.gave === 'error' && isHttpError(outcome.error, status, errorCode);
      const wantsError = outcome.way === 'resultFetch' && !succeeds;
      return unless(wantsError ? asError : asResponse, `it got ${callerWords(outcome)}`);
    },
  };
}

function isHttpError(error: unknown, status: number, errorCode: string | undefined): boolean {
  const {
    kind,
    status: given,
    classification,
  } = error as {
    kind?: string;
    status?: number;
    classification?: { errorCode?: string };
  };
  return kind === 'http' && given === status && classification?.errorCode === errorCode;
}

/** The caller gets an error: the original by its name, or Err of this kind. */
export function callerGetsError(name: string, kind: string, cause?: string): Expectation {
  return {
    words: `caller gets ${name}${cause ? ` (${cause})` : ''}, or Err(${kind})`,
    differs({ outcomes: [outcome] }) {
      const agrees =
        outcome?.gave === 'error' &&
        (outcome.way === 'resultFetch' ? outcome.kind === kind : nameOf(outcome) === name) &&
        (cause === undefined || causesOf(outcome.error).includes(cause));
      return unless(agrees, `it got ${outcome ? callerWords(outcome) : 'nothing'}`);
    },
  };
}

const nameOf = (outcome: Outcome) =>
  outcome.gave === 'error' ? (outcome.error as Error).name : undefined;

/** The codes of an error and of what caused it. */
function causesOf(error: unknown): readonly (string | undefined)[] {
  const codes: (string | undefined)[] = [];
  for (let at = error; at instanceof Object && codes.length < 10;) {
    const { code, cause } = at as { code?: string; cause?: unknown };
    codes.push(code);
    at = cause;
  }
  return codes;
}

/** Anything else that has to hold. */
export function holds(
  words: string,
  differs: (seen: Observation) => string | undefined,
): Expectation {
  return { words, differs };
}

/** What was seen instead, unless it is as it should be. */
export const unless = (asItShouldBe: boolean, instead: string) =>
  asItShouldBe ? undefined : instead;
