import type { Cancellation } from './cancellation.ts';

/** The longest delay that `setTimeout` holds; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** A timer that has been set. */
export interface Timer {
  /** Makes sure that it never fires; does nothing if it has fired. */
  cancel(): void;
  /** Lets the process end while nothing else keeps it alive, where a timer could prevent that. */
  unref?(): void;
  /** Undoes {@link Timer.unref}. */
  ref?(): void;
}

/** Where holdfast takes its time from: {@link systemClock}, or a virtual clock in tests. */
export interface Clock {
  /** Milliseconds since a fixed moment, never going back: for durations. */
  now(): number;
  /** Milliseconds since 1970-01-01T00:00:00Z: for the dates that servers send. */
  epochNow(): number;
  /** Calls `wake` once, no sooner than `delayMs` (at most {@link MAX_TIMER_MS}) from now. */
  setTimer(wake: () => void, delayMs: number): Timer;
  /**
   * Whether one timer may serve several calls. `'single'` where a timer ends together with the
   * request that set it, as in Cloudflare Workers: each call then has its own.
   *
   * @defaultValue 'several'
   */
  readonly callsPerTimer?: 'several' | 'single' | undefined;
}

/** Cloudflare's name for its runtime, which it documents as the way to know it. */
const isWorkers =
  (globalThis.navigator as Navigator | undefined)?.userAgent === 'Cloudflare-Workers';

/** The machine's own time. Its timers keep a Node process alive until they fire or are cancelled. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  epochNow: () => Date.now(),
  setTimer(wake: () => void, delayMs: number): Timer {
    const handle = setTimeout(wake, delayMs);
    const cancel = () => clearTimeout(handle);
    // Browsers give a number: a page has no process to keep alive.
    if (typeof handle !== 'object' || typeof handle.unref !== 'function') return { cancel };
    return { cancel, unref: () => void handle.unref(), ref: () => void handle.ref() };
  },
  callsPerTimer: isWorkers ? 'single' : 'several',
});

/**
 * Calls `wake` once the clock has reached `dueAt`, however far off that is.
 *
 * Platform timers fire up to a millisecond early and not at all past 2^31−1 ms; this one rounds
 * up, sleeps in pieces and looks at the clock again before it believes that it is time.
 */
export function setAlarm(clock: Clock, wake: () => void, dueAt: number): Timer {
  let timer: Timer;
  const arm = () => {
    const delayMs = Math.ceil(dueAt - clock.now());
    timer = clock.setTimer(ring, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
  };
  const ring = () => (clock.now() < dueAt ? arm() : wake());
  arm();
  return { cancel: () => timer.cancel() };
}

/**
 * Resolves once `delayMs` have passed: never sooner. Rejects with the reason as soon as
 * `cancellation` is cancelled, and leaves no timer and no listener behind either way.
 */
export function sleep(clock: Clock, delayMs: number, cancellation?: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    if (cancellation?.cancelled) return reject(cancellation.reason);
    if (!(delayMs > 0)) return resolve();
    const alarm = setAlarm(
      clock,
      () => {
        forget?.();
        resolve();
      },
      clock.now() + delayMs,
    );
    const forget = cancellation?.onCancel((reason) => {
      alarm.cancel();
      reject(reason);
    });
  });
}
