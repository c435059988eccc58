import type { CallRecord } from '../call-record.ts';
import type { Fleet } from '../fleet.ts';
import { answeredShare, latenciesOf, percentile } from '../measures.ts';
import { recoveryMs } from '../recovery.ts';
import type { StagedScenario } from './scenario.ts';

/** A whole run in numbers. */
export interface ScenarioTotals {
  readonly calls: number;
  /** Calls that got an answer: neither 5xx nor 429 nor an error. */
  readonly answered: number;
  /** Calls that might have been answered, and were not. */
  readonly lost: number;
  /** The part of the lost calls for which nothing was sent. */
  readonly refused: number;
  /** Calls that no client could get an answer to: those to a broken endpoint. */
  readonly hopeless: number;
  /** The share of the calls that might have been answered that were; 0 to 1. */
  readonly answeredShare: number;
  /** The same for calls that began in the last ten seconds. */
  readonly answeredShareAtEnd: number;
  /** Requests on the wire. */
  readonly sent: number;
  /** Requests that were not the first one of their call. */
  readonly retries: number;
  /** Requests for each call: 1 where none is repeated, below 1 where calls are refused unsent. */
  readonly requestsPerCall: number;
  /** Half of the answered calls took no longer, in milliseconds; `NaN` without any. */
  readonly p50Ms: number;
  /** The same for 99 of a hundred. */
  readonly p99Ms: number;
  /**
   * How long after the end of the trouble calls were lost in numbers, in milliseconds: 0 where it
   * was over at once, `Infinity` where it was not over at the end of the run, `undefined` where the
   * trouble does not end within it.
   */
  readonly recoveryMs: number | undefined;
}

const END_MS = 10_000;

/** The totals of a run that lasted so long; its calls have had some time to end since. */
export function totalsOf(
  { calls, attempts }: Fleet,
  { trouble, isHopeless = () => false }: StagedScenario,
  lengthMs: number,
): ScenarioTotals {
  const isHopelessCall = (call: CallRecord) => call.startedAt >= trouble.fromMs && isHopeless(call);
  const hopeful = calls.filter((call) => !isHopelessCall(call));
  const lost = hopeful.filter(({ answered }) => !answered);
  const latencies = latenciesOf(calls);
  const troubleEnds = trouble.untilMs < lengthMs;
  return {
    calls: calls.length,
    answered: calls.filter(({ answered }) => answered).length,
    lost: lost.length,
    refused: lost.filter((call) => call.attempts === 0).length,
    hopeless: calls.length - hopeful.length,
    answeredShare: answeredShare(hopeful),
    answeredShareAtEnd: answeredShare(hopeful, { fromMs: lengthMs - END_MS }),
    sent: attempts.length,
    retries: attempts.filter(({ attempt = 1 }) => attempt > 1).length,
    requestsPerCall: attempts.length / calls.length,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    recoveryMs: troubleEnds
      ? recoveryMs(hopeful, { fromMs: trouble.untilMs, untilMs: lengthMs })
      : undefined,
  };
}
