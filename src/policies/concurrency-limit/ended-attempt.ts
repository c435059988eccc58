import type { Attempt } from '../../core/attempt.ts';
import { healthOf, isThrottleOfKey } from '../../core/classification.ts';
import type { EndedAttempt } from './moving-limit.ts';

/** RFC 9110 §15.6.4 and §15.6.5: too busy, and a server further on that gave no answer in time. */
const BUSY: readonly unknown[] = [503, 504];

/** Not there, not any more, not changed: as much work as a success, and some clients get nothing else. */
const ANSWERS: readonly unknown[] = [404, 410, 412];

/**
 * What an attempt tells of the load on its server. Only answers have a time that can be compared: a
 * failure may be found at once, and a time-out takes as long as it was set to.
 *
 * @param usualMs - how long an attempt usually runs; 0 where that is not known
 * @returns `undefined` where it tells nothing: an abort, an error of the request, a bug of the server
 */
export function loadToldBy(
  { classification, ranMs }: Attempt,
  usualMs: number,
): EndedAttempt['as'] | undefined {
  if (classification === undefined) return undefined;
  const { category, status } = classification;
  if (category === 'success' || ANSWERS.includes(status)) return 'answered';
  if (isThrottleOfKey(classification)) return 'dropped';
  if (healthOf(classification) !== 'failing') return undefined;
  // Who gives up before an answer was due has learned nothing.
  const isDrop = status === undefined ? ranMs >= usualMs : BUSY.includes(status);
  return isDrop ? 'dropped' : undefined;
}
