import { connectionRefused, UNAVAILABLE, type Answer, type Server } from './server.ts';
import type { World } from './world.ts';

/** From one moment of the world to another, in virtual milliseconds. */
export interface Period {
  readonly fromMs: number;
  readonly untilMs: number;
}

const isWithin = (now: number, { fromMs, untilMs }: Period): boolean =>
  now >= fromMs && now < untilMs;

/** Makes a server that is one server during a period, and another one at all other times. */
export function during(world: World, period: Period, then: Server, otherwise: Server): Server {
  return (request, reply) => (isWithin(world.now, period) ? then : otherwise)(request, reply);
}

/** Makes a server that gives the same answer to everything, after `afterMs` (a millisecond). */
export function answering(world: World, answer: Answer, afterMs = 1): Server {
  return (_request, reply) => void world.after(afterMs, () => reply(answer));
}

/** Makes a host on which nobody listens: connections are refused after `afterMs` (a millisecond). */
export function refusing(world: World, afterMs = 1): Server {
  return (_request, reply) => {
    world.after(afterMs, () => reply({ throws: connectionRefused() }));
  };
}

/** A server that never answers. */
export const silent: Server = () => {};

/**
 * Makes a network that holds back every request of a period and delivers them together at its end.
 * So an outage of the network leaves the server a queue of dead work.
 */
export function blackHole(world: World, period: Period, server: Server): Server {
  const held: (() => void)[] = [];
  world.at(period.untilMs, () => held.splice(0).forEach((deliver) => deliver()));
  return (request, reply) => {
    if (isWithin(world.now, period)) held.push(() => server(request, reply));
    else server(request, reply);
  };
}

/** Makes a server that stops for `lengthMs` every `everyMs`, as for garbage collection, then goes on. */
export function pausing(
  world: World,
  { everyMs, lengthMs }: { everyMs: number; lengthMs: number },
  server: Server,
): Server {
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

/** Makes a server some of whose requests fail, each by chance alone. */
export function failing(
  world: World,
  { share, as = UNAVAILABLE }: FailingOptions,
  server: Server,
): Server {
  const random = world.randomOf('failures');
  return (request, reply) => {
    const failureShare = typeof share === 'number' ? share : share(world.now);
    const fails = random() < failureShare;
    if (!fails) return server(request, reply);
    if (as !== 'silence') server(request, () => reply(as));
  };
}
