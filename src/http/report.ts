import { read } from '../classify/untrusted.ts';
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
  if (typeof outcome !== 'object' && typeof outcome !== 'function') return;
  histories.set(outcome, history);
  if ((outcome as Partial<Response>).ok !== false) return;
  // Of a response that failed an SDK's error may keep no more than the headers.
  const { headers } = outcome as Partial<Response>;
  if (typeof headers === 'object') histories.set(headers, history);
}

/** Remembers that an outcome came about by the same call as another one. */
export function shareReport(from: object, to: object): void {
  rememberCall(to, CallContext.historyOf(from) ?? histories.get(from));
}

/** Where errors of SDKs keep what their fetch gave them. */
const LINKS = ['cause', 'response', 'headers'] as const;
/** How many objects are looked at, at most: an error may lead anywhere. */
const MOST_LOOKED_AT = 30;

/**
 * What holdfast did for the call that gave this response or error: its attempts with their
 * timings, waits and classifications, and why there was no further one. An SDK's own error is
 * known by its `cause`, by its `response` or by the headers of the response.
 *
 * `undefined` for anything that did not come out of a holdfast fetch or refusal.
 *
 * @example
 * const report = reportOf(response);
 * console.log(report?.attempts.length, report?.stoppedBecause);
 */
export function reportOf(outcome: unknown): CallReport | undefined {
  const found = [outcome];
  // The list grows while it is walked, and no object stands in it twice.
  for (const one of found) {
    if (typeof one !== 'object' || one === null) continue;
    const history = CallContext.historyOf(one) ?? histories.get(one);
    if (history !== undefined) return history.report();
    if (isFailure(one)) {
      return {
        callId: one.callId,
        key: one.key,
        attempts: one.attempts,
        stoppedBecause: one.message,
        answeredBy: undefined,
      };
    }
    for (const link of LINKS) {
      const linked = read(one, link);
      if (found.length < MOST_LOOKED_AT && !found.includes(linked)) found.push(linked);
    }
  }
  return undefined;
}
