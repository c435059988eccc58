import { virtualClock } from '../../adapters/testing/virtual-clock.ts';
import { classifyThrown } from '../../classify/thrown/thrown.ts';
import type { Classification } from '../../core/classification.ts';

import type { ResilienceEvent } from '../../core/events.ts';
import type { AnnouncedLimit } from '../../core/outcome-reader.ts';
import type { Policy } from '../../core/policy.ts';
import { isResilienceError } from '../../http/resilience-error.ts';
import { RESILIENT_FETCH_DEFAULTS } from '../../http/standard-stack.ts';
import { standardStack } from '../../http/whole-stack.ts';

/** One request of a log, as much of it as a replay needs. */
export interface PlayedAttempt {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Who shares a limit with it; a salted hash stands for the credential. */
  readonly scope: string;
  readonly route: string;
  readonly classification: Classification;
  readonly limits: readonly AnnouncedLimit[];
}

/** A circuit that would have opened. */
export interface OpenedCircuit {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The route whose circuit it is; `undefined` for that of the whole server. */
  readonly route: string | undefined;
  /** Straight to half-open, where answers still come. */
  readonly to: 'open' | 'half-open';
}

/** How the requests of a log would have gone with holdfast between them and the server. */
export interface Replay {
  /** How many were played. */
  readonly attempts: number;
  readonly opened: readonly OpenedCircuit[];
  readonly refusedByCircuit: number;
  readonly refusedByLimit: number;
  /** How many would have waited for the pace that the server accepts, or for an open circuit. */
  readonly heldBack: number;
  readonly longestWaitMs: number;
}

/** The first ones say enough. */
const MAX_OPENED = 20;

/**
 * Plays the requests of one server through the limiter and the circuit breaker of a wrapped fetch, with
 * its defaults, on a virtual clock: each starts at its time, and ends as the log says. They are first
 * tries: what a retry would have got stands in no log.
 */
export async function replay(
  key: string,
  attempts: readonly PlayedAttempt[],
): Promise<Replay | undefined> {
  const inOrder = attempts.toSorted((one, other) => one.startedAt - other.startedAt);
  const [first] = inOrder;
  if (first === undefined) return undefined;
  const clock = virtualClock({ epochMs: first.startedAt, quietTurns: 2, maxTimers: Infinity });
  const opened: OpenedCircuit[] = [];
  const onEvent = (event: ResilienceEvent): void => {
    if (event.type !== 'circuit-changed' || event.from !== 'closed' || event.to === 'closed')
      return;
    if (opened.length >= MAX_OPENED) return;
    opened.push({ at: clock.epochNow(), route: event.route, to: event.to });
  };
  const stack = standardStack({
    ...RESILIENT_FETCH_DEFAULTS,
    retry: false,
    clock,
    // A chance that is neither the best nor the worst, and the same each time.
    random: () => 0.5,
    onEvent,
  });
  const tally = { refusedByCircuit: 0, refusedByLimit: 0, heldBack: 0, longestWaitMs: 0 };
  const playing: Promise<void>[] = [];
  for (const attempt of inOrder) {
    await clock.advance(Math.max(attempt.startedAt - first.startedAt - clock.now(), 0));
    playing.push(play(attempt, { key, stack, clock, tally }));
  }
  await clock.runAll();
  await Promise.all(playing);
  return { attempts: inOrder.length, opened, ...tally };
}

interface Stage {
  readonly key: string;
  readonly stack: Policy;
  readonly clock: ReturnType<typeof virtualClock>;
  readonly tally: {
    refusedByCircuit: number;
    refusedByLimit: number;
    heldBack: number;
    longestWaitMs: number;
  };
}

async function play(attempt: PlayedAttempt, { key, stack, clock, tally }: Stage): Promise<void> {
  const { scope, route, durationMs, classification, limits } = attempt;
  const calledAt = clock.now();
  const operation = () => {
    const waitedMs = clock.now() - calledAt;
    if (waitedMs > 0) tally.heldBack += 1;
    tally.longestWaitMs = Math.max(tally.longestWaitMs, waitedMs);
    return new Promise<void>((resolve) => void clock.setTimer(resolve, durationMs));
  };
  const reader = {
    classifyValue: () => classification,
    classifyError: (error: unknown) => classifyThrown(error),
    announcedLimits: () => limits,
  };
  try {
    await stack.execute(operation, { key, scope, route, reader });
  } catch (error) {
    if (!isResilienceError(error)) throw error;
    if (error.kind === 'circuit-open') tally.refusedByCircuit += 1;
    if (error.kind === 'rate-limited') tally.refusedByLimit += 1;
  }
}
