import { MAX_TIMER_MS, type Clock, type Timer } from '../../core/clock.ts';
import { OptionError, nonNegative, readOptions, wholeNumber } from '../../core/options.ts';
import type { Check } from '../../core/options.ts';
import { eventLoopTurn } from './event-loop-turn.ts';

/** How a {@link virtualClock} starts and behaves. */
export interface VirtualClockOptions {
  /**
   * What `epochNow()` says at the start, in milliseconds since 1970.
   * @defaultValue 2026-01-01T00:00:00Z
   */
  readonly epochMs?: number;
  /**
   * Fires every timer this many milliseconds early (0 or more, below 1), as `setTimeout` does on
   * a real machine. For proofs that nothing is sent too soon.
   * @defaultValue 0
   */
  readonly earlyByMs?: number;
  /**
   * How many turns of the event loop in a row must pass without anyone touching the clock before
   * the program counts as settled.
   * @defaultValue 10
   */
  readonly quietTurns?: number;
  /**
   * How many timers one `runAll` or `run` may fire before it gives up and says so.
   * @defaultValue 100000
   */
  readonly maxTimers?: number;
}

/** The defaults of {@link VirtualClockOptions}. */
export const VIRTUAL_CLOCK_DEFAULTS: Required<VirtualClockOptions> = Object.freeze({
  epochMs: Date.UTC(2026, 0, 1),
  earlyByMs: 0,
  quietTurns: 10,
  maxTimers: 100_000,
});

/** A clock whose time passes only when a test says so. */
export interface VirtualClock extends Clock {
  /** How many timers are set and have neither fired nor been cancelled. */
  readonly pendingTimers: number;
  /** Milliseconds until the next timer is due; `undefined` where none is set. */
  readonly nextTimerInMs: number | undefined;
  /**
   * Lets `milliseconds` pass: fires the timers that fall due, each at its own moment and in
   * order, and lets the program settle before, between and after them.
   */
  advance(milliseconds: number): Promise<void>;
  /** Goes to the next timer and fires it; `false` where there was none. */
  advanceToNext(): Promise<boolean>;
  /** Fires timers until none is left, those set on the way included. */
  runAll(): Promise<void>;
  /**
   * Lets time pass until `promise` settles, and gives what it gives: value or rejection.
   *
   * @throws Error where it can never settle: it is pending, nothing runs, and no timer is set.
   */
  run<T>(promise: PromiseLike<T>): Promise<T>;
  /** Lets promise jobs, streams and immediates run until they are quiet; no time passes. */
  settle(): Promise<void>;
  /**
   * Sets the wall clock and leaves the monotonic one as it is: what a time server does to a
   * machine. Timers do not move.
   */
  setEpoch(epochMs: number): void;
}

interface PendingTimer {
  readonly dueAt: number;
  readonly wake: () => void;
}

const epoch: Check = {
  expected: 'a finite number of milliseconds since 1970',
  accepts: (value) => Number.isFinite(value),
};

const belowOne: Check = {
  expected: 'a number of at least 0 and below 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value < 1,
};

// A program that reads a slow source of immediates may need more turns than quietTurns before it
// is believed to hang for good; turns are cheap (2 µs), a false accusation is not.
const TURNS_BEFORE_HANGING = 1_000;

/**
 * Makes a clock for tests: hand it to holdfast as `clock`, and a minute of backoff takes a
 * millisecond.
 *
 * `now()` starts at 0. What it cannot see is real input and output: it controls calls that go to
 * a {@link scriptedFetch}, not calls on a socket.
 *
 * @example
 * const clock = virtualClock();
 * const fetch = resilientFetch(scriptedFetch([503, 200]), { clock });
 * const response = await clock.run(fetch('https://api.example.com/'));
 * clock.now(); // how long the caller would have waited
 *
 * @throws OptionError where an option is out of its range
 */
export function virtualClock(options?: VirtualClockOptions): VirtualClock {
  const { epochMs, earlyByMs, quietTurns, maxTimers } = readOptions(
    'virtualClock',
    options,
    VIRTUAL_CLOCK_DEFAULTS,
    {
      epochMs: epoch,
      earlyByMs: belowOne,
      quietTurns: wholeNumber(1),
      maxTimers: wholeNumber(1, 'or-infinity'),
    },
  );

  let time = 0;
  let epochAtZero = epochMs;
  // Anyone who looks at the clock is still at work: settling waits until nobody does.
  let touches = 0;
  // In order of due time; equal times in the order in which they were set.
  const timers: PendingTimer[] = [];

  function setTimer(wake: () => void, delayMs: number): Timer {
    if (!(delayMs <= MAX_TIMER_MS)) {
      throw new RangeError(
        `virtualClock: a timer of ${delayMs} ms was set; real timers hold at most ${MAX_TIMER_MS} ms and fire a longer one at once`,
      );
    }
    touches += 1;
    const timer = { dueAt: time + Math.max(0, delayMs - earlyByMs), wake };
    let place = timers.length;
    while ((timers[place - 1]?.dueAt ?? -Infinity) > timer.dueAt) place -= 1;
    timers.splice(place, 0, timer);
    return {
      cancel() {
        touches += 1;
        const at = timers.indexOf(timer);
        if (at >= 0) timers.splice(at, 1);
      },
    };
  }

  async function settle(): Promise<void> {
    let quiet = 0;
    while (quiet < quietTurns) {
      const before = touches;
      await eventLoopTurn();
      quiet = touches === before ? quiet + 1 : 0;
    }
  }

  async function fireNext(): Promise<void> {
    const timer = timers.shift();
    if (timer === undefined) return;
    time = Math.max(time, timer.dueAt);
    timer.wake();
    await settle();
  }

  async function advance(milliseconds: number): Promise<void> {
    requireValid('advance', nonNegative, milliseconds);
    await settle();
    const target = time + milliseconds;
    while ((timers[0]?.dueAt ?? Infinity) <= target) await fireNext();
    time = Math.max(time, target);
    await settle();
  }

  async function advanceToNext(): Promise<boolean> {
    await settle();
    if (timers.length === 0) return false;
    await fireNext();
    return true;
  }

  async function runAll(): Promise<void> {
    for (let fired = 0; await advanceToNext(); fired += 1) {
      if (fired >= maxTimers) throw tooMany('runAll', `${timers.length} are still pending`);
    }
  }

  async function run<T>(promise: PromiseLike<T>): Promise<T> {
    const state = { pending: true };
    const settled = () => void (state.pending = false);
    const result = Promise.resolve(promise);
    result.then(settled, settled);
    await settle();
    let idleTurns = 0;
    for (let fired = 0; state.pending;) {
      if (timers.length > 0) {
        if (fired >= maxTimers) throw tooMany('run', 'the promise is still pending');
        fired += 1;
        idleTurns = 0;
        await fireNext();
      } else {
        if (idleTurns >= TURNS_BEFORE_HANGING) {
          throw new Error(
            `virtualClock.run: at ${time} ms the promise is still pending, no timer is set, and nothing happened in ${idleTurns} turns of the event loop: it waits for something that this clock does not control`,
          );
        }
        idleTurns += 1;
        await eventLoopTurn();
      }
    }
    return result;
  }

  function tooMany(method: string, state: string): Error {
    return new Error(
      `virtualClock.${method}: ${maxTimers} timers have fired, it is ${time} ms, and ${state}; if this is meant, raise maxTimers`,
    );
  }

  return {
    now() {
      touches += 1;
      return time;
    },
    epochNow() {
      touches += 1;
      return epochAtZero + time;
    },
    setTimer,
    get pendingTimers() {
      return timers.length;
    },
    get nextTimerInMs() {
      const next = timers[0];
      return next && Math.max(0, next.dueAt - time);
    },
    advance,
    advanceToNext,
    runAll,
    run,
    settle,
    setEpoch(newEpochMs) {
      requireValid('setEpoch', epoch, newEpochMs);
      epochAtZero = newEpochMs - time;
    },
  };
}

function requireValid(name: string, check: Check, value: number): void {
  if (!check.accepts(value)) throw new OptionError(`virtualClock.${name}`, check.expected, value);
}
