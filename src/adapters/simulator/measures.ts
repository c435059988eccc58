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

/** Whether a call has its answer, in time. */
export function isAnswered(
  { answered, startedAt, endedAt }: CallRecord,
  { withinMs = Infinity }: InTime = {},
): boolean {
  return answered && endedAt !== undefined && endedAt - startedAt <= withinMs;
}

/** The calls that began in the span. */
export const callsFrom = (calls: readonly CallRecord[], span: Span): readonly CallRecord[] =>
  calls.filter(({ startedAt }) => isIn(startedAt, span));

/** How many of the calls that began in the span have no answer (in time). */
export const lostCalls = (calls: readonly CallRecord[], span: Span & InTime = {}): number =>
  callsFrom(calls, span).filter((call) => !isAnswered(call, span)).length;

/** The share of the calls that began in the span that have an answer (in time); 0 to 1. */
export function answeredShare(calls: readonly CallRecord[], span: Span & InTime = {}): number {
  const begun = callsFrom(calls, span);
  return begun.filter((call) => isAnswered(call, span)).length / begun.length;
}

/** How many answers came in the span, whenever their calls began. */
export const answersIn = (calls: readonly CallRecord[], span: Span = {}): number =>
  calls.filter(({ answered, endedAt }) => answered && isIn(endedAt, span)).length;

/** Answers a second over a span that has an end. */
export const goodputPerSecond = (calls: readonly CallRecord[], span: Required<Span>): number =>
  (1_000 * answersIn(calls, span)) / (span.untilMs - span.fromMs);

/** Requests on the wire for each call that began in the same span. */
export function attemptsPerCall(
  { calls, attempts }: { calls: readonly CallRecord[]; attempts: readonly AttemptRecord[] },
  span: Span = {},
): number {
  const sent = attempts.filter(({ sentAt }) => isIn(sentAt, span)).length;
  return sent / callsFrom(calls, span).length;
}

/** How many requests that were answered in the span had this status. */
export const answersWithStatus = (
  attempts: readonly AttemptRecord[],
  accepts: (status: number) => boolean,
  span: Span = {},
): number =>
  attempts.filter(
    ({ status, answeredAt }) => status !== undefined && isIn(answeredAt, span) && accepts(status),
  ).length;

const isSuccess = (status: number): boolean => status >= 200 && status < 400;

/** How many 429s the server gave for each thousand successes. */
export const throttlesPerThousand = (attempts: readonly AttemptRecord[], span: Span = {}): number =>
  (1_000 * answersWithStatus(attempts, (status) => status === 429, span)) /
  answersWithStatus(attempts, isSuccess, span);

/** The share of a limit that was used: successes for each that the limit would have granted. */
export const shareUsed = (
  attempts: readonly AttemptRecord[],
  ratePerSecond: number,
  span: Required<Span>,
): number =>
  (1_000 * answersWithStatus(attempts, isSuccess, span)) /
  (ratePerSecond * (span.untilMs - span.fromMs));

/** How long the answered calls of the span took, in milliseconds, in ascending order. */
export const latenciesOf = (calls: readonly CallRecord[], span: Span = {}): readonly number[] =>
  callsFrom(calls, span)
    .filter((call) => isAnswered(call))
    .map(({ startedAt, endedAt = Infinity }) => endedAt - startedAt)
    .toSorted((a, b) => a - b);

/** The value below which this share of sorted values lies; `NaN` where there are none. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

/** Jain's index of fairness: 1 where all get the same, 1 ÷ n where one gets everything. */
export function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}
