import type { RetrySchedule, ScheduledRetry } from '../explain/schedule.ts';
import { shortDuration } from '../terminal/duration.ts';
import type { Finding } from './findings.ts';

/** Whether a failure is retried, and when. */
export function retryText(finding: Finding): string {
  const { group, schedule, longestSchedule, isUnsafe } = finding;
  if (schedule.retries.length === 0) {
    const because = schedule.stopsBecause ?? 'it is no failure';
    return isUnsafe ? `no: ${because}` : `no: ${because}; the caller gets it at once`;
  }
  const waits = schedule.retries.map((retry, index) => waitText(retry, longestSchedule, index));
  const isEven = waits.every((wait) => wait === waits[0]);
  const times = `up to ${schedule.retries.length} times`;
  const after = isEven ? `each after ${waits[0]}` : `after ${waits.join(', ')}`;
  const tooLong =
    group.longWaits === 0
      ? ''
      : `; not where the server asks for more than maxRetryAfterMs (${group.longWaits})`;
  return `${times}, ${after}${tooLong}`;
}

function waitText(
  { earliestMs, latestMs }: ScheduledRetry,
  longest: RetrySchedule,
  index: number,
): string {
  const most = longest.retries[index]?.latestMs ?? latestMs;
  return earliestMs === most
    ? shortDuration(earliestMs)
    : `${shortDuration(earliestMs)} to ${shortDuration(most)}`;
}

/** For whom else a failure slows down or stops anything. */
export function effectText({ group, effect }: Finding): string {
  const { decidedBy, category } = group.classification;
  if (effect === 'throttle') {
    return 'a single one slows nobody; five in a row, or more than 4 %, pace all requests with the same credential, or the one route that is throttled alone';
  }
  if (effect === 'breaker') {
    return 'none at once; it counts against the circuit of the server, or of the one route that fails alone';
  }
  if (decidedBy === 'prose') return 'none: the words of a message bind their own call only';
  return category === 'fatal' ? 'none: the request is at fault, and the server answers' : 'none';
}
