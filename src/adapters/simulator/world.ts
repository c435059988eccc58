import { MAX_TIMER_MS, type Clock, type Timer } from '../../core/clock.ts';
import { OptionError, finite, nonNegative, readOptions, wholeNumber } from '../../core/options.ts';
import { eventLoopTurns, type EventLoopTurns } from '../testing/event-loop-turn.ts';
import { EventQueue } from './event-queue.ts';
import { seededRandom, type Random } from './random.ts';

/** How a {@link simulatedWorld} starts and behaves. */
export interface WorldOptions {
  /**
   * Everything random in the world follows from it: the same seed gives the same run.
   * @defaultValue 1
   */
  readonly seed?: number;
  /**
   * What `clock.epochNow()` says at the start, in milliseconds since 1970.
   * @defaultValue 2026-01-01T00:00:00Z
   */
  readonly epochMs?: number;
  /**
   * How many turns of the event loop in a row must pass without anyone touching the clock before
   * the world goes on to the next event. A client that waits for more immediates in a row, without
   * a look at the clock, needs a larger number.
   * @defaultValue 2
   */
  readonly quietTurns?: number;
}

/** The defaults of {@link WorldOptions}. */
export const WORLD_DEFAULTS: Required<WorldOptions> = Object.freeze({
  seed: 1,
  epochMs: Date.UTC(2026, 0, 1),
  quietTurns: 2,
});

/** A world in which time is virtual and chance is seeded. Times are milliseconds from its start. */
export interface World {
  /** The moment that it is. */
  readonly now: number;
  /** Time for clients: hand it to holdfast as `clock`. */
  readonly clock: Clock;
  /** How many events are to come; the timers of clients are among them. */
  readonly pendingEvents: number;
  /** The stream of random numbers of this name: always the same one, independent of the others. */
  randomOf(name: string): Random;
  /** Lets something happen at a moment; at once where that is past. */
  at(moment: number, happen: () => void): Timer;
  /** Lets something happen when so many milliseconds have passed. */
  after(delayMs: number, happen: () => void): Timer;
  /**
   * Lets time pass up to `untilMs`: each event happens at its own moment, and before the next one
   * all promises and immediates that it set going have run. It may be called again to go on.
   *
   * @throws what an event threw; an error where time stands still, since something is due at once again
   * and again
   */
  run(untilMs: number): Promise<void>;
}

/** So many rounds at one moment mean that a client waits for nothing, for ever. */
const MOST_ROUNDS_AT_A_MOMENT = 100_000;

/**
 * Makes a world for simulations: the real library, and any other client, run in it against servers
 * made for it, minutes in seconds and the same each time.
 *
 * @example
 * const world = simulatedWorld({ seed: 7 });
 * const server = queueServer(world, { ratePerSecond: 300 });
 * const fetch = resilientFetch(fetchTo(world, server), { clock: world.clock });
 * world.at(1_000, () => void fetch('https://api.example.com/'));
 * await world.run(60_000);
 *
 * @throws OptionError where an option is out of its range
 */
export function simulatedWorld(options?: WorldOptions): World {
  const { seed, epochMs, quietTurns } = readOptions('simulatedWorld', options, WORLD_DEFAULTS, {
    seed: finite,
    epochMs: finite,
    quietTurns: wholeNumber(1),
  });

  const events = new EventQueue();
  const streams = new Map<string, Random>();
  let now = 0;
  let isRunning = false;
  // Anyone who looks at the clock is still at work.
  let touches = 0;

  const clock: Clock = {
    now() {
      touches += 1;
      return now;
    },
    epochNow() {
      touches += 1;
      return epochMs + now;
    },
    setTimer(wake, delayMs) {
      if (!(delayMs <= MAX_TIMER_MS)) {
        throw new RangeError(
          `simulatedWorld: a timer of ${delayMs} ms was set; real timers hold at most ${MAX_TIMER_MS} ms and fire a longer one at once`,
        );
      }
      touches += 1;
      return events.add(now + Math.max(0, delayMs), wake);
    },
  };

  async function settle(turns: EventLoopTurns): Promise<void> {
    for (let quiet = 0; quiet < quietTurns;) {
      const before = touches;
      await turns.next();
      quiet = touches === before ? quiet + 1 : 0;
    }
  }

  async function run(untilMs: number): Promise<void> {
    if (!nonNegative.accepts(untilMs)) {
      throw new OptionError('world.run', nonNegative.expected, untilMs);
    }
    if (isRunning) throw new Error('world.run: this world is already running');
    isRunning = true;
    const turns = eventLoopTurns();
    try {
      await settle(turns);
      for (let rounds = 0; events.nextAt <= untilMs; rounds += 1) {
        if (events.nextAt > now) rounds = 0;
        if (rounds >= MOST_ROUNDS_AT_A_MOMENT) throw standstill();
        now = events.nextAt;
        // One settling serves all events of a moment, but for those that are added meanwhile.
        for (let left = events.size; left > 0 && events.nextAt === now; left -= 1) {
          events.take()?.happen();
        }
        await settle(turns);
      }
      now = Math.max(now, untilMs);
    } finally {
      turns.end();
      isRunning = false;
    }
  }

  function standstill(): Error {
    return new Error(
      `world.run: time stands still at ${now} ms: ${MOST_ROUNDS_AT_A_MOMENT} times in a row something was due at once`,
    );
  }

  return {
    get now() {
      return now;
    },
    clock,
    get pendingEvents() {
      return events.size;
    },
    randomOf(name) {
      const known = streams.get(name);
      if (known !== undefined) return known;
      const made = seededRandom(seed, name);
      streams.set(name, made);
      return made;
    },
    at: (moment, happen) => events.add(Math.max(moment, now), happen),
    after: (delayMs, happen) => events.add(now + Math.max(0, delayMs), happen),
    run,
  };
}
