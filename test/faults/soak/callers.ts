import type { Fetch } from '../../../src/index.ts';
import { pause } from '../../integration/plain-server.ts';
import type { FinishedCall } from './messages.ts';
import { drawRequest, type SoakTargets } from './requests.ts';
import { seededRandom, weighted } from './seeded-random.ts';
import { bareWays, wrappedWays, type Way } from './ways.ts';

/** Beyond its deadline, and what the event loop was late by, a call may take so long to settle. */
export const TOLERANCE_MS = 500;
/** The caller's own patience with a body. */
const BODY_MS = 1000;
const MOST_BREACHES = 20;

/** What has come of the calls so far. */
export interface Tally {
  started: number;
  settled: number;
  /** Attempts, as handed to the platform's fetch. */
  sent: number;
  byEnd: Record<string, number>;
  latestBeyondDeadlineMs: number;
  latestAfterAbortMs: number;
  readonly breaches: string[];
}

/** What the callers call, and whom they tell. */
export interface CrowdOptions {
  readonly targets: SoakTargets;
  readonly seed: number;
  readonly through: 'wrapped' | 'bare';
  /** The longest that the event loop has been late so far. */
  readonly lagMs: () => number;
  readonly finished: (call: FinishedCall) => void;
}

/** Makes callers that use fetch in every way that a program can, and abort when they like. */
export function crowd({ targets, seed, through, lagMs, finished }: CrowdOptions) {
  const random = seededRandom(seed);
  const between = (low: number, high: number) => low + random() * (high - low);
  const chance = (share: number) => random() < share;
  const tally: Tally = {
    started: 0,
    settled: 0,
    sent: 0,
    byEnd: {},
    latestBeyondDeadlineMs: 0,
    latestAfterAbortMs: 0,
    breaches: [],
  };
  const breach = (text: string) => {
    if (tally.breaches.length < MOST_BREACHES) tally.breaches.push(text);
  };
  const sentByCall = new Map<string, number>();
  /** The process's own shutdown signal: many calls, one signal, never aborted. */
  const shutdown = new AbortController().signal;
  let lastId = 0;

  const counted: Fetch = (input, init) => {
    const id = new Headers(init?.headers ?? (input as Request).headers).get('x-call') ?? '';
    sentByCall.set(id, (sentByCall.get(id) ?? 0) + 1);
    tally.sent += 1;
    return globalThis.fetch(input, init);
  };
  const ways =
    through === 'wrapped' ? wrappedWays(counted, seededRandom(seed + 1)) : bareWays(counted);

  async function oneCall(): Promise<void> {
    const id = String((lastId += 1));
    const way = weighted(ways, random);
    const { input, init, isUnsafe } = drawRequest(id, targets, random);
    const isBounded = way.deadlineMs !== undefined;
    const aborting = !isBounded || chance(0.25);
    const abort = aborting ? abortAfter(between(0, isBounded ? 800 : 1500)) : undefined;
    const signal = abort?.signal ?? (chance(0.2) ? shutdown : undefined);
    const name = `call ${id} (${way.name})`;
    const startedAt = performance.now();
    const settle = (error?: unknown): void => {
      const now = performance.now();
      checkDeadline(name, way, now - startedAt);
      checkAbort(name, now - (abort?.abortedAt() ?? now), error === abort?.reason, error);
    };

    tally.started += 1;
    let end: string;
    try {
      const response = await way.fetch(input, signal ? { ...init, signal } : init);
      settle();
      end = `${Math.floor(response.status / 100)}xx${await consume(response)}`;
    } catch (error) {
      settle(error);
      end = error === abort?.reason ? 'aborted' : (error as Error).name;
    }
    abort?.forget();
    tally.settled += 1;
    tally.byEnd[end] = (tally.byEnd[end] ?? 0) + 1;
    const sent = sentByCall.get(id) ?? 0;
    sentByCall.delete(id);
    if (sent > way.maxSent) breach(`${name}: sent ${sent} times`);
    finished({ id, sent, isUnsafe: isUnsafe && !way.repeatsUnsafe });
  }

  function checkDeadline(name: string, { deadlineMs }: Way, tookMs: number): void {
    if (deadlineMs === undefined) return;
    const beyondMs = tookMs - deadlineMs;
    tally.latestBeyondDeadlineMs = Math.max(tally.latestBeyondDeadlineMs, beyondMs);
    if (beyondMs > lagMs() + TOLERANCE_MS) {
      breach(`${name}: ${Math.round(beyondMs)} ms beyond its deadline`);
    }
  }

  function checkAbort(name: string, afterMs: number, isReason: boolean, error: unknown): void {
    tally.latestAfterAbortMs = Math.max(tally.latestAfterAbortMs, afterMs);
    if (afterMs <= lagMs() + TOLERANCE_MS) return;
    const how = isReason ? '' : `, with ${String(error)}`;
    breach(`${name}: settled ${Math.round(afterMs)} ms after its abort${how}`);
  }

  /** Reads a body, or its beginning, or none of it; never for longer than a caller would. */
  async function consume({ body }: Response): Promise<string> {
    if (body === null) return '';
    if (chance(0.15)) {
      await body.cancel().catch(() => {});
      return ', body not wanted';
    }
    const isCurious = chance(0.15);
    const reader = body.getReader();
    const leave = () => reader.cancel().catch(() => {});
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      void leave();
    }, BODY_MS);
    try {
      while (!(await reader.read()).done) {
        if (!isCurious) continue;
        await leave();
        return ', body left';
      }
      return isSlow ? ', body too slow' : '';
    } catch {
      return ', body broke off';
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    tally,
    shutdown,
    /** Calls one after the other, with a breath in between, until it is told to stop. */
    async caller(isOver: () => boolean): Promise<void> {
      while (!isOver()) {
        await oneCall();
        await pause(between(0, 150));
      }
    },
  };
}

/** A caller's own abort, a while from now, unless the call is over by then. */
function abortAfter(delayMs: number) {
  const controller = new AbortController();
  const reason = new Error('the caller has had enough');
  let at: number | undefined;
  const timer = setTimeout(() => {
    at = performance.now();
    controller.abort(reason);
  }, delayMs);
  return {
    signal: controller.signal,
    reason,
    abortedAt: () => at,
    forget: () => clearTimeout(timer),
  };
}
