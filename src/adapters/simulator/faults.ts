import { positive, readOptions, type Check } from '../../core/options.ts';
import { connectionRefused, UNAVAILABLE, type Answer, type Server } from './server.ts';
import type { World } from './world.ts';

/** From one moment of the world to another, in virtual milliseconds. */
export interface Period {
  readonly fromMs: number;
  readonly untilMs: number;
}

const isWithin = (now: number, { fromMs, untilMs }: Period): boolean =>
  now >= fromMs && now < untilMs;

/**
 * Makes a server that is one server during a period, and another one at all other times.
 *
 * @example
 * const server = during(world, { fromMs: 10_000, untilMs: 20_000 }, refusing(world), healthy);
 */
export function during(world: World, period: Period, then: Server, otherwise: Server): Server {
  return (request, reply) => (isWithin(world.now, period) ? then : otherwise)(request, reply);
}

/**
 * Makes a server that gives the same answer to everything, after `afterMs` (a millisecond).
 *
 * @example
 * const server = answering(world, { status: 404 });
 */
export function answering(world: World, answer: Answer, afterMs = 1): Server {
  return (_request, reply) => void world.after(afterMs, () => reply(answer));
}

/**
 * Makes a host on which nobody listens: connections are refused after `afterMs` (a millisecond).
 *
 * @example
 * const server = refusing(world);
 */
export function refusing(world: World, afterMs = 1): Server {
  return (_request, reply) => {
    world.after(afterMs, () => reply({ throws: connectionRefused() }));
  };
}

/**
 * A server that never answers.
 *
 * @example
 * const server = during(world, { fromMs: 10_000, untilMs: 20_000 }, silent, healthy);
 */
export const silent: Server = () => {};

/**
 * Makes a network that holds back every request of a period and delivers them together at its end.
 * So an outage of the network leaves the server a queue of dead work.
 *
 * @example
 * const server = blackHole(world, { fromMs: 20_000, untilMs: 30_000 }, healthy);
 */
export function blackHole(world: World, period: Period, server: Server): Server {
  const held: (() => void)[] = [];
  world.at(period.untilMs, () => held.splice(0).forEach((deliver) => deliver()));
  return (request, reply) => {
    if (isWithin(world.now, period)) held.push(() => server(request, reply));
    else server(request, reply);
  };
}

/** When a {@link pausing} server stands still. */
export interface PausingOptions {
  /** The distance between the beginnings of two pauses, in milliseconds; the first is at 0. */
  readonly everyMs: number;
  /** How long a pause is, in milliseconds. */
  readonly lengthMs: number;
}

/**
 * Makes a server that stops for `lengthMs` every `everyMs`, as for garbage collection, then goes on.
 *
 * @example
 * const server = pausing(world, { everyMs: 5_000, lengthMs: 200 }, healthy);
 */
export function pausing(world: World, options: PausingOptions, server: Server): Server {
  const { everyMs, lengthMs } = readOptions(
    'pausing',
    options,
    {},
    { everyMs: positive, lengthMs: positive },
    ['everyMs', 'lengthMs'],
  );
  const whenAwake = (happen: () => void): void => {
    const intoPause = world.now % everyMs;
    if (intoPause < lengthMs) world.after(lengthMs - intoPause, happen);
    else happen();
  };
  return (request, reply) => {
    whenAwake(() => server(request, (answer) => whenAwake(() => reply(answer))));
  };
}

/** How {@link failing} fails. */
export interface FailingOptions {
  /** The share of requests that fail, 0 to 1, at a moment in virtual milliseconds. */
  readonly share: number | ((nowMs: number) => number);
  /**
   * What they get in place of the answer; `'silence'` for none at all.
   * @defaultValue 503
   */
  readonly as?: Answer | 'silence';
}

const share: Check = {
  expected: 'a number from 0 to 1, or a function',
  accepts: (value) => typeof value === 'function' || (Number(value) >= 0 && Number(value) <= 1),
};

const failure: Check = {
  expected: "an answer, or 'silence'",
  accepts: (value) => value === 'silence' || (typeof value === 'object' && value !== null),
};

/**
 * Makes a server some of whose requests fail, each by chance alone.
 *
 * @example
 * const server = failing(world, { share: 0.05, as: { status: 500 } }, healthy);
 */
export function failing(world: World, options: FailingOptions, server: Server): Server {
  const settings = readOptions(
    'failing',
    options,
    { as: UNAVAILABLE as Answer | 'silence' },
    { share, as: failure },
    ['share'],
  );
  const random = world.randomOf('failures');
  return (request, reply) => {
    const { share: failureShare, as } = settings;
    const shareNow = typeof failureShare === 'number' ? failureShare : failureShare(world.now);
    if (random() >= shareNow) server(request, reply);
    else if (as !== 'silence') server(request, () => reply(as));
  };
}
