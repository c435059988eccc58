import type { CallRecord } from '../call-record.ts';
import type { Fleet } from '../fleet.ts';
import { latenciesOf, percentile } from '../measures.ts';
import type { ClientReading } from './client-reading.ts';

/** How many clients have their circuit for the host in each state. */
export interface CircuitCounts {
  readonly closed: number;
  readonly halfOpen: number;
  readonly open: number;
}

/** One virtual second of a run; the last four as they stood at its end. */
export interface ScenarioSecond {
  /** Its number, from 0. */
  readonly second: number;
  /** Calls that began. */
  readonly started: number;
  /** Requests that were sent. */
  readonly sent: number;
  /** Those of them that were not the first one of their call. */
  readonly retries: number;
  /** Calls that ended with an answer: neither 5xx nor 429 nor an error. */
  readonly ok: number;
  /** Calls that sent something and ended without an answer. */
  readonly failed: number;
  /** Calls that ended before anything was sent: refused by an open circuit, or by a limit. */
  readonly refused: number;
  /** Half of the calls that were answered in it took no longer, in milliseconds; `undefined` without any. */
  readonly p50Ms: number | undefined;
  /** The same for 99 of a hundred. */
  readonly p99Ms: number | undefined;
  /** Calls that have begun and not ended. */
  readonly underWay: number;
  /** Tokens in the retry budget of a client, on average; `undefined` where no client has one. */
  readonly budget: number | undefined;
  /** `undefined` where no client has a circuit. */
  readonly circuits: CircuitCounts | undefined;
  /** How many circuits of single routes are not closed, over all clients. */
  readonly openRoutes: number;
}

/** Counts the seconds of a fleet: each record is looked at when its second is over. */
export class SecondsOfFleet {
  readonly #fleet: Fleet;
  #underWay: CallRecord[] = [];
  #seenCalls = 0;
  #seenAttempts = 0;
  #seconds = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** The second that is over now, with how the clients stand at its end. */
  next(readings: readonly ClientReading[]): ScenarioSecond {
    const { calls, attempts } = this.#fleet;
    const begun = calls.slice(this.#seenCalls);
    const sent = attempts.slice(this.#seenAttempts);
    this.#seenCalls = calls.length;
    this.#seenAttempts = attempts.length;
    const all = [...this.#underWay, ...begun];
    this.#underWay = all.filter(({ endedAt }) => endedAt === undefined);
    const ended = all.filter(({ endedAt }) => endedAt !== undefined);
    const lost = ended.filter(({ answered }) => !answered);
    const refused = lost.filter((call) => call.attempts === 0).length;
    const latencies = latenciesOf(ended);
    const latencyAt = (share: number) =>
      latencies.length === 0 ? undefined : percentile(latencies, share);
    this.#seconds += 1;
    return {
      second: this.#seconds - 1,
      started: begun.length,
      sent: sent.length,
      retries: sent.filter(({ attempt = 1 }) => attempt > 1).length,
      ok: ended.length - lost.length,
      failed: lost.length - refused,
      refused,
      p50Ms: latencyAt(0.5),
      p99Ms: latencyAt(0.99),
      underWay: this.#underWay.length,
      budget: meanBudget(readings),
      circuits: circuitCounts(readings),
      openRoutes: readings.reduce((sum, { openRoutes = 0 }) => sum + openRoutes, 0),
    };
  }
}

function meanBudget(readings: readonly ClientReading[]): number | undefined {
  const known = readings.flatMap(({ budget }) => budget ?? []);
  return known.length === 0
    ? undefined
    : known.reduce((sum, tokens) => sum + tokens, 0) / known.length;
}

function circuitCounts(readings: readonly ClientReading[]): CircuitCounts | undefined {
  const known = readings.flatMap(({ circuit }) => circuit ?? []);
  if (known.length === 0) return undefined;
  const countOf = (state: string) => known.filter((one) => one === state).length;
  return { closed: countOf('closed'), halfOpen: countOf('half-open'), open: countOf('open') };
}
