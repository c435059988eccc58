import { parseFault } from './fault-notation.ts';
import { ondemandFault, type Fault } from './faults.ts';
import type { RetryAfterForm } from './retry-after-forms.ts';

/** A limit that the server really keeps: a token bucket in front of every endpoint. */
export interface ServerRateLimit {
  readonly ratePerSecond: number;
  /** How many requests may come at once; 0 refuses every one. @defaultValue `ratePerSecond`, at least 1 */
  readonly burst?: number;
  /**
   * How a refusal says when the next token is there; `'none'` does not say.
   * @defaultValue `'seconds'`
   */
  readonly retryAfter?: RetryAfterForm | 'none';
}

/** Where a planned fault applies. */
export interface FaultScope {
  /** Only requests whose path begins with this. @defaultValue every path */
  readonly path?: string;
  /** How many times over the faults are played. @defaultValue 1 */
  readonly times?: number;
}

interface PlannedFaults {
  readonly path: string;
  readonly faults: readonly Fault[];
  left: number;
  position: number;
}

/** Decides the fault of each request; the first of these that has something to say decides. */
export interface FaultPlan {
  play(faults: readonly Fault[], scope: FaultScope): void;
  outage: Fault | undefined;
  limit(limit: ServerRateLimit | undefined): void;
  /** @throws SyntaxError where the request asks for a fault in words that mean none. */
  faultFor(path: string, requested: string | undefined, now: number): Fault;
  clear(): void;
}

/** What the request itself asks for → an outage → the rate limit → planned faults → none. */
export function faultPlan(): FaultPlan {
  let planned: PlannedFaults[] = [];
  let bucket: ((now: number) => Fault | undefined) | undefined;
  const requestedSoFar = new Map<string, number>();

  function asRequested(text: string): Fault {
    const parsed = parseFault(text);
    if (typeof parsed === 'string') throw new SyntaxError(parsed);
    const played = (requestedSoFar.get(text) ?? 0) + 1;
    requestedSoFar.set(text, played);
    return played <= parsed.times ? parsed.fault : { kind: 'none' };
  }

  function nextPlanned(path: string): Fault | undefined {
    const entry = planned.find((candidate) => path.startsWith(candidate.path));
    if (entry === undefined) return undefined;
    const fault = entry.faults[entry.position];
    entry.position += 1;
    if (entry.position >= entry.faults.length) {
      entry.position = 0;
      entry.left -= 1;
      if (entry.left <= 0) planned = planned.filter((candidate) => candidate !== entry);
    }
    return fault;
  }

  return {
    outage: undefined,
    play(faults, { path = '', times = 1 }) {
      if (faults.length > 0) planned.push({ path, faults, left: times, position: 0 });
    },
    limit(limit) {
      bucket = limit && serverBucket(limit);
    },
    faultFor(path, requested, now) {
      if (requested !== undefined) return asRequested(requested);
      return this.outage ?? bucket?.(now) ?? nextPlanned(path) ?? { kind: 'none' };
    },
    clear() {
      planned = [];
      bucket = undefined;
      this.outage = undefined;
      requestedSoFar.clear();
    },
  };
}

function serverBucket({
  ratePerSecond,
  burst = Math.max(1, ratePerSecond),
  retryAfter = 'seconds',
}: ServerRateLimit): (now: number) => Fault | undefined {
  let tokens = burst;
  let filledAt: number | undefined;
  return (now) => {
    tokens = Math.min(burst, tokens + ((now - (filledAt ?? now)) * ratePerSecond) / 1000);
    filledAt = now;
    if (tokens >= 1) {
      tokens -= 1;
      return undefined;
    }
    const ms = ((1 - tokens) * 1000) / ratePerSecond;
    return ondemandFault(
      'rate_limit_exceeded',
      retryAfter === 'none' ? {} : { retryAfter: { form: retryAfter, ms } },
    );
  };
}
