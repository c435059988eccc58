import type { Clock, Timer } from '../../src/core/clock.ts';

/** A clock as in Cloudflare Workers: a timer belongs to the request that set it, and ends with it. */
export interface SingleCallClock extends Clock {
  /** Does something as a request of its own; what is returned ends that request, its timers too. */
  request(run: () => void): () => void;
}

export function singleCallClock(clock: Clock): SingleCallClock {
  let current: Timer[] = [];
  return {
    now: () => clock.now(),
    epochNow: () => clock.epochNow(),
    setTimer(wake, delayMs) {
      const owner = current;
      const timer = clock.setTimer(() => {
        current = owner;
        wake();
      }, delayMs);
      owner.push(timer);
      return timer;
    },
    callsPerTimer: 'single',
    request(run) {
      const timers: Timer[] = [];
      current = timers;
      run();
      return () => timers.forEach((timer) => timer.cancel());
    },
  };
}
