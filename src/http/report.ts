import { isFailure } from '../core/errors.ts';
import type { History } from '../core/history.ts';
import type { CallReport } from '../core/report.ts';

// Weak: a report lives exactly as long as the response or error that it is about.
const histories = new WeakMap<object, History>();

/** Made for one call alone, it leads to it by a field: an entry in a weak map would cost more. */
export class CallContext {
  #history: History | undefined = undefined;

  static remember(context: CallContext, history: History | undefined): void {
    context.#history = history;
  }

  static historyOf(outcome: object): History | undefined {
    return #history in outcome ? outcome.#history : undefined;
  }
}

/** Remembers by which call an outcome came about. */
export function rememberCall(outcome: unknown, history: History | undefined): void {
  if (history === undefined || outcome === null) return;
  if (typeof outcome === 'object' || typeof outcome === 'function') histories.set(outcome, history);
}

/**
 * What holdfast did for the call that gave this response or error: its attempts with their
 * timings, waits and classifications, and why there was no further one.
 *
 * `undefined` for anything that did not come out of a holdfast fetch or refusal.
 */
export function reportOf(outcome: unknown): CallReport | undefined {
  const isObject = typeof outcome === 'object' && outcome !== null;
  const history = isObject ? (CallContext.historyOf(outcome) ?? histories.get(outcome)) : undefined;
  if (history !== undefined) return history.report();
  if (!isFailure(outcome)) return undefined;
  return { key: outcome.key, attempts: outcome.attempts, stoppedBecause: outcome.message };
}
