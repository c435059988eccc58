import { shortDuration } from '../../terminal/duration.ts';
import type { PlayedAttempt } from '../replay.ts';
import type { SeenLimit, ServerRecord } from '../server-record.ts';
import type { Advice, Adviser } from './advice.ts';
import { counted, roundDown } from './numbers.ts';

/** Below the limit by so much: two clocks are never the same. */
const MARGIN = 0.95;
/** Windows that servers have; a reset that was seen is within one of them. */
const WINDOWS_MS = [1_000, 10_000, 60_000, 300_000, 900_000, 3_600_000, 86_400_000];
/** A window longer than an hour is a quota, and no rate that a burst would exceed. */
const LONGEST_WINDOW_MS = 3_600_000;
/** So many answers must have announced a limit whose window is not said. */
const MIN_ANNOUNCED = 10;

/** A rate, from the limits that the server announces, or from what it accepted while it throttled. */
export const adviseRate: Adviser = ({ server }) => {
  if (server.throttles === 0) return [];
  const announced = fromAnnounced(server);
  if (announced !== undefined) return [announced];
  const measured = fromThrottles(server);
  return measured === undefined ? [] : [measured];
};

const KNOWS = 'holdfast learns it by itself; set, it holds from the first call on';

function fromAnnounced({ origin, limits, throttles }: ServerRecord): Advice | undefined {
  const rates = [...limits.values()]
    .filter(({ isWindowSaid, count }) => isWindowSaid || count >= MIN_ANNOUNCED)
    .map((seen) => {
      const windowMs = windowOf(seen);
      return { seen, windowMs, perSecond: (1_000 * seen.limit) / windowMs };
    })
    .filter(({ windowMs, perSecond }) => perSecond > 0 && windowMs <= LONGEST_WINDOW_MS)
    .toSorted((one, other) => one.perSecond - other.perSecond);
  const [tightest] = rates;
  if (tightest === undefined) return undefined;
  const { seen, windowMs, perSecond } = tightest;
  const value = roundDown(perSecond * MARGIN);
  const window = shortDuration(windowMs);
  const source = seen.isWindowSaid
    ? `say ${seen.limit} in ${window}`
    : `say ${seen.limit}, with resets up to ${shortDuration(seen.windowMs)}, so a window of ${window}`;
  return {
    setting: 'rateLimit.ratePerSecond',
    origin,
    value,
    isConditional: false,
    advice: `Set rateLimit.ratePerSecond to ${value}, a little below the announced limit: ${KNOWS}.`,
    evidence: `The headers of ${counted(seen.count, 'answer')} ${source}; ${counted(throttles, 'request')} were throttled.`,
  };
}

const windowOf = ({ isWindowSaid, windowMs }: SeenLimit): number =>
  isWindowSaid ? windowMs : (WINDOWS_MS.find((one) => one >= windowMs) ?? Infinity);

const SPAN_MS = 10_000;
const MIN_THROTTLES = 5;
const MIN_ACCEPTED = 50;
const MIN_SHARE = 0.15;
const MAX_SPREAD = 1.5;

/** The rate at which requests were accepted in the ten seconds around throttles. */
function fromThrottles({ origin, attempts }: ServerRecord): Advice | undefined {
  const spans = new Map<number, { accepted: number; throttled: number }>();
  for (const { startedAt, classification } of attempts) {
    const number = Math.floor(startedAt / SPAN_MS);
    const span = spans.get(number) ?? { accepted: 0, throttled: 0 };
    if (isThrottle(classification)) span.throttled += 1;
    else if (classification.category === 'success') span.accepted += 1;
    spans.set(number, span);
  }
  const limited = [...spans.values()].filter(({ throttled }) => throttled > 0);
  const throttled = limited.reduce((sum, span) => sum + span.throttled, 0);
  const accepted = limited.map((span) => span.accepted).toSorted((one, other) => one - other);
  const total = accepted.reduce((sum, count) => sum + count, 0);
  if (throttled < MIN_THROTTLES || total < MIN_ACCEPTED) return undefined;
  // A limit throttles in numbers, and accepts the same amount each time; chance does neither.
  const median = accepted[Math.floor(accepted.length / 2)] ?? 0;
  const most = accepted.at(-1) ?? 0;
  if (throttled < MIN_SHARE * (throttled + total) || most > MAX_SPREAD * median) return undefined;
  const value = roundDown((1_000 * median) / SPAN_MS);
  return {
    setting: 'rateLimit.ratePerSecond',
    origin,
    value,
    isConditional: false,
    advice: `Set rateLimit.ratePerSecond to ${value}: ${KNOWS}.`,
    evidence: `While ${counted(throttled, 'request')} were throttled, the server accepted about ${value} a second (median of ${counted(limited.length, 'span')} of 10 s).`,
  };
}

const isThrottle = ({ category }: PlayedAttempt['classification']): boolean =>
  category === 'throttle';
