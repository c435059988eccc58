import { ownClassification } from '../../../../src/core/classification.ts';
import { Pacer } from '../../../../src/policies/rate-limit/pacer/pacer.ts';

const throttle = (hintMs?: number) =>
  ownClassification({
    category: 'throttle',
    decidedBy: 'status',
    rule: 'status 429',
    status: 429,
    retryAfterMs: hintMs,
  });

/** Whether a server accepts a request that comes now. */
export type Accepts = (now: number) => boolean;

/** A token bucket of a server. */
export function tokenBucketOf(ratePerSecond: number, burst = ratePerSecond): Accepts {
  let tokens = burst;
  let at = 0;
  return (now) => {
    tokens = Math.min(burst, tokens + ((now - at) * ratePerSecond) / 1000);
    at = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** A server that counts in windows of fixed length. */
export function windowsOf(limit: number, windowMs: number): Accepts {
  let latest = -1;
  let count = 0;
  return (now) => {
    const window = Math.floor(now / windowMs);
    if (window !== latest) [latest, count] = [window, 0];
    count += 1;
    return count <= limit;
  };
}

/** What came of a run: by second of the run. */
export interface Run {
  readonly accepted: readonly number[];
  readonly throttled: readonly number[];
}

const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

/** The share of a limit that was used from this second on, and throttles for a thousand accepted. */
export function steadyState({ accepted, throttled }: Run, from: number, perSecond: number) {
  const used = sum(accepted.slice(from));
  return {
    used: used / (perSecond * (accepted.length - from)),
    throttledOfThousand: (sum(throttled.slice(from)) * 1000) / used,
  };
}

/**
 * Sends to a server at the pace of a pacer, with more callers than the pace allows, as first tries
 * that each take a round trip.
 */
export function runAgainst(
  accepts: Accepts,
  {
    seconds,
    pacer = new Pacer(),
    demandPerSecond,
    roundTripMs = 50,
    from = 0,
    hintMs,
  }: {
    readonly seconds: number;
    readonly pacer?: Pacer;
    readonly demandPerSecond: number;
    readonly roundTripMs?: number;
    readonly from?: number;
    /** What a throttle says of the wait. */
    readonly hintMs?: (now: number) => number;
  },
): Run {
  const accepted = new Array<number>(seconds).fill(0);
  const throttled = new Array<number>(seconds).fill(0);
  const underway: { readonly endsAt: number; readonly settle: () => void }[] = [];
  let waiting = 0;
  let arrivesAt = from;
  let token = 0;
  const endsAt = from + seconds * 1000;
  const start = (startedOn: number, wasHeldBack: boolean) => {
    const own = (token += 1);
    pacer.started(own, startedOn);
    const isAccepted = accepts(startedOn);
    const now = startedOn + roundTripMs;
    const second = Math.floor((startedOn - from) / 1000);
    const counts = isAccepted ? accepted : throttled;
    counts[second] = (counts[second] ?? 0) + 1;
    const settle = () => {
      const answer = {
        now,
        startedOn,
        token: own,
        votes: true,
        wasHeldBack,
        othersWait: waiting > 0,
      };
      if (isAccepted) pacer.accepted(answer);
      else pacer.throttled(answer, throttle(hintMs?.(startedOn)));
    };
    underway.push({ endsAt: now, settle });
  };
  for (let now = from; now < endsAt;) {
    const next = underway[0];
    const dueAt = waiting > 0 ? pacer.dueAt(now) : Infinity;
    now = Math.min(next?.endsAt ?? Infinity, dueAt, arrivesAt);
    if (now >= endsAt) break;
    if (next?.endsAt === now) {
      underway.shift()?.settle();
    } else if (dueAt === now) {
      waiting -= 1;
      start(now, true);
    } else {
      arrivesAt += 1000 / demandPerSecond;
      if (waiting === 0 && pacer.dueAt(now) <= now) start(now, false);
      else waiting = Math.min(waiting + 1, 1000);
    }
  }
  return { accepted, throttled };
}
