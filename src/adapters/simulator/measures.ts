import type { CallRecord } from './call-record.ts';
import type { AttemptRecord } from './server-fetch.ts';

/** The part of a run that is measured, in virtual milliseconds. */
export interface Span {
  /** @defaultValue 0 */
  readonly fromMs?: number;
  /** Its end, not included. @defaultValue Infinity */
  readonly untilMs?: number;
}

/** Calls are answered only if they are in time. */
export interface InTime {
  /**
   * How long a call may take to count as answered, in milliseconds: with the attempt timeout here,
   * a call that was saved by waiting counts as lost.
   * @defaultValue Infinity
   */
  readonly withinMs?: number;
}

const isIn = (moment: number | undefined, { fromMs = 0, untilMs = Infinity }: Span): boolean =>
  moment !== undefined && moment >= fromMs && moment < untilMs;

/**
 * Whether a call has its answer, in time.
 *
 * @example
 * const quick = fleet.calls.filter((call) => isAnswered(call, { withinMs: 500 }));
 */
export function isAnswered(
  { answered, startedAt, endedAt }: CallRecord,
  { withinMs = Infinity }: InTime = {},
): boolean {
  return answered && endedAt !== undefined && endedAt - startedAt <= withinMs;
}

/**
 * The calls that began in the span.
 *
 * @example
 * const during = callsFrom(fleet.calls, { fromMs: 20_000, untilMs: 30_000 });
 */
export const callsFrom = (calls: readonly CallRecord[], span: Span): readonly CallRecord[] =>
  calls.filter(({ startedAt }) => isIn(startedAt, span));

/**
 * How many of the calls that began in the span have no answer (in time).
 *
 * @example
 * const lost = lostCalls(fleet.calls, { withinMs: 1_000 });
 */
export const lostCalls = (calls: readonly CallRecord[], span: Span & InTime = {}): number =>
  callsFrom(calls, span).filter((call) => !isAnswered(call, span)).length;

/**
 * The share of the calls that began in the span that have an answer (in time); 0 to 1.
 *
 * @example
 * const share = answeredShare(fleet.calls, { fromMs: 20_000 });
 */
export function answeredShare(calls: readonly CallRecord[], span: Span & InTime = {}): number {
  const begun = callsFrom(calls, span);
  return begun.filter((call) => isAnswered(call, span)).length / begun.length;
}

/**
 * How many answers came in the span, whenever their calls began.
 *
 * @example
 * const answers = answersIn(fleet.calls, { fromMs: 20_000, untilMs: 30_000 });
 */
export const answersIn = (calls: readonly CallRecord[], span: Span = {}): number =>
  calls.filter(({ answered, endedAt }) => answered && isIn(endedAt, span)).length;

/**
 * Answers a second over a span that has an end.
 *
 * @example
 * const goodput = goodputPerSecond(fleet.calls, { fromMs: 0, untilMs: 60_000 });
 */
export const goodputPerSecond = (calls: readonly CallRecord[], span: Required<Span>): number =>
  (1_000 * answersIn(calls, span)) / (span.untilMs - span.fromMs);

/**
 * Requests on the wire for each call that began in the same span.
 *
 * @example
 * const amplification = attemptsPerCall(fleet);
 */
export function attemptsPerCall(
  { calls, attempts }: { calls: readonly CallRecord[]; attempts: readonly AttemptRecord[] },
  span: Span = {},
): number {
  const sent = attempts.filter(({ sentAt }) => isIn(sentAt, span)).length;
  return sent / callsFrom(calls, span).length;
}

/**
 * How many requests that were answered in the span had this status.
 *
 * @example
 * const failed = answersWithStatus(fleet.attempts, (status) => status >= 500);
 */
export const answersWithStatus = (
  attempts: readonly AttemptRecord[],
  accepts: (status: number) => boolean,
  span: Span = {},
): number =>
  attempts.filter(
    ({ status, answeredAt }) => status !== undefined && isIn(answeredAt, span) && accepts(status),
  ).length;

const isSuccess = (status: number): boolean => status >= 200 && status < 400;

/**
 * How many 429s the server gave for each thousand successes.
 *
 * @example
 * const throttles = throttlesPerThousand(fleet.attempts);
 */
export const throttlesPerThousand = (attempts: readonly AttemptRecord[], span: Span = {}): number =>
  (1_000 * answersWithStatus(attempts, (status) => status === 429, span)) /
  answersWithStatus(attempts, isSuccess, span);

/**
 * The share of a limit that was used: successes for each that the limit would have granted.
 *
 * @example
 * const used = shareUsed(fleet.attempts, 10, { fromMs: 0, untilMs: 60_000 });
 */
export const shareUsed = (
  attempts: readonly AttemptRecord[],
  ratePerSecond: number,
  span: Required<Span>,
): number =>
  (1_000 * answersWithStatus(attempts, isSuccess, span)) /
  (ratePerSecond * (span.untilMs - span.fromMs));

/**
 * How long the answered calls of the span took, in milliseconds, in ascending order.
 *
 * @example
 * const p99 = percentile(latenciesOf(fleet.calls), 0.99);
 */
export const latenciesOf = (calls: readonly CallRecord[], span: Span = {}): readonly number[] =>
  callsFrom(calls, span)
    .filter((call) => isAnswered(call))
    .map(({ startedAt, endedAt = Infinity }) => endedAt - startedAt)
    .toSorted((a, b) => a - b);

/**
 * The value below which this share of sorted values lies; `NaN` where there are none.
 *
 * @example
 * const median = percentile(latenciesOf(fleet.calls), 0.5);
 */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

/**
 * Jain's index of fairness: 1 where all get the same, 1 ÷ n where one gets everything.
 *
 * @example
 * const fairness = jainIndex([100, 98, 103]);
 */
export function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}
