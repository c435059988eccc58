import { sleep } from '../../../src/core/clock.ts';
import type { Policy } from '../../../src/core/policy.ts';
import type { ResilienceEvent } from '../../../src/core/events.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { circuitBreaker } from '../../../src/policies/circuit-breaker/circuit-breaker.ts';
import { type CircuitBreakerOptions } from '../../../src/policies/circuit-breaker/circuit-breaker-options.ts';
import { retry } from '../../../src/policies/retry/retry.ts';
import { timeout } from '../../../src/policies/timeout.ts';
import { tokenBucket } from '../../../src/policies/rate-limit/token-bucket.ts';
import { type TokenBucketOptions } from '../../../src/policies/rate-limit/token-bucket-options.ts';
import { virtualClock, type VirtualClock } from '../../../src/testing.ts';
import { httpFailure } from '../http-failure.ts';

/** What a server model answers: a status, after a while, with a hint or without. */
export interface Reply {
  readonly status: number;
  readonly takesMs?: number;
  /** The value of `Retry-After`. */
  readonly retryAfter?: string | number;
}

/** One kind of traffic: so many calls a second to one route. */
export interface Flow {
  readonly name: string;
  readonly perSecond: number;
  readonly route?: string;
  readonly scope?: string;
  /** When the first comes and the last, in milliseconds. */
  readonly from?: number;
  readonly until?: number;
  /** How the server answers an attempt that starts now. */
  readonly server: (now: number) => Reply;
  /** A time-out of the caller's own. */
  readonly callerTimeoutMs?: number;
}

/** What came of one flow. */
export interface FlowResult {
  calls: number;
  ok: number;
  /** Attempts on the wire. */
  sent: number;
  /** Calls that ended with a refusal of holdfast. */
  refused: number;
  /** Calls that ended with an answer of the server that is a failure. */
  failed: number;
  readonly durations: number[];
  readonly sentAt: number[];
}

/** A generator of numbers from 0 to 1, the same each time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Stack {
  readonly clock: VirtualClock;
  readonly policy: Policy;
  readonly events: ResilienceEvent[];
}

/** All layers with their defaults, on a virtual clock. */
export function stack(
  options: {
    readonly rateLimit?: TokenBucketOptions;
    readonly circuitBreaker?: CircuitBreakerOptions;
    readonly seed?: number;
  } = {},
): Stack {
  const clock = virtualClock({ quietTurns: 1, maxTimers: Infinity });
  const random = seeded(options.seed ?? 1);
  const events: ResilienceEvent[] = [];
  const own = { clock, onEvent: (event: ResilienceEvent) => void events.push(event) };
  const policy = pipeline(
    timeout({ timeoutMs: 900_000, clock }),
    retry({ random, clock }),
    tokenBucket({ ...own, ...options.rateLimit }),
    circuitBreaker({ ...own, random, ...options.circuitBreaker }),
    timeout({ timeoutMs: 300_000, clock }),
  );
  return { clock, policy, events };
}

/** Sends the flows through a stack and waits for all calls. */
export async function play(
  { clock, policy }: Stack,
  flows: readonly Flow[],
  seed = 1,
): Promise<Record<string, FlowResult>> {
  const random = seeded(seed + 1000);
  const results: Record<string, FlowResult> = {};
  const begun: Promise<void>[] = [];
  const calls: Promise<void>[] = [];
  for (const flow of flows) {
    const result: FlowResult = {
      calls: 0,
      ok: 0,
      sent: 0,
      refused: 0,
      failed: 0,
      durations: [],
      sentAt: [],
    };
    results[flow.name] = result;
    const { perSecond, from = 0, until = 60_000 } = flow;
    // As independent callers come: the time between two is exponential.
    const gapMs = () => (-Math.log(1 - random()) * 1000) / perSecond;
    const arrive = async () => {
      await sleep(clock, from + gapMs());
      while (clock.now() < until) {
        calls.push(call(clock, policy, flow, result));
        await sleep(clock, gapMs());
      }
    };
    begun.push(arrive());
  }
  await clock.run(Promise.all(begun));
  await clock.run(Promise.all(calls));
  return results;
}

async function call(
  clock: VirtualClock,
  policy: Policy,
  { server, route, scope, callerTimeoutMs }: Flow,
  result: FlowResult,
): Promise<void> {
  result.calls += 1;
  const began = clock.now();
  const controller = callerTimeoutMs === undefined ? undefined : new AbortController();
  const abortion =
    callerTimeoutMs === undefined
      ? undefined
      : clock.setTimer(
          () => controller?.abort(new DOMException('too late', 'TimeoutError')),
          callerTimeoutMs,
        );
  const send = async () => {
    result.sent += 1;
    result.sentAt.push(clock.now());
    const { status, takesMs = 50, retryAfter } = server(clock.now());
    await (takesMs === Infinity ? new Promise(() => {}) : sleep(clock, takesMs));
    if (status < 400) return;
    throw httpFailure(
      status,
      retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
    );
  };
  try {
    await policy.execute(send, { route, scope, signal: controller?.signal });
    result.ok += 1;
  } catch (error) {
    const { kind, status } = error as { readonly kind?: string; readonly status?: number };
    if (kind === 'rate-limited' || kind === 'circuit-open') result.refused += 1;
    else if (status !== undefined) result.failed += 1;
  }
  abortion?.cancel();
  result.durations.push(clock.now() - began);
}

/** The duration below which this share of calls stays. */
export function percentile({ durations }: FlowResult, share: number): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
}
