import type { Call } from '../core/call.ts';
import { isFailure } from '../core/errors.ts';
import type { CallReport } from '../core/report.ts';

// Weak: a report lives exactly as long as the response or error that it is about.
const calls = new WeakMap<object, Call>();

/** Remembers by which call an outcome came about. */
export function rememberCall(outcome: unknown, call: Call | undefined): void {
  if (call === undefined || outcome === null) return;
  if (typeof outcome === 'object' || typeof outcome === 'function') calls.set(outcome, call);
}

/**
 * What holdfast did for the call that gave this response or error: its attempts with their
 * timings, waits and classifications, and why there was no further one.
 *
 * `undefined` for anything that did not come out of a holdfast fetch or refusal.
 */
export function reportOf(outcome: unknown): CallReport | undefined {
  const call = typeof outcome === 'object' && outcome !== null ? calls.get(outcome) : undefined;
  if (call !== undefined) return call.report();
  if (!isFailure(outcome)) return undefined;
  return { key: outcome.key, attempts: outcome.attempts, stoppedBecause: outcome.message };
}
