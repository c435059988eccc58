import { callable, objectWith, positive, readOptions, wholeNumber } from '../../../core/options.ts';
import type { Answer, Server } from '../server.ts';
import type { World } from '../world.ts';
import type { Announcement } from './announcements.ts';
import { HINTS, type Hint } from './hints.ts';
import type { Limit } from './limit.ts';

/** How a limit shows itself. */
export interface LimitedOptions {
  readonly limit: Limit;
  /**
   * What a throttled request is told in `Retry-After`.
   * @defaultValue HINTS.none
   */
  readonly hint?: Hint;
  /**
   * What every answer tells of the limit.
   * @defaultValue nothing
   */
  readonly announce?: Announcement;
  /**
   * The status of a throttled request.
   * @defaultValue 429
   */
  readonly status?: number;
}

const THROTTLE_DEFAULTS = { hint: HINTS.none as Hint, status: 429 };
const errorStatus = wholeNumber(400);

/**
 * Makes a server that lets through what a limit accepts, and throttles all else at once.
 *
 * @example
 * const limit = tokenBucketLimit({ ratePerSecond: 10 });
 * const server = limited(world, { limit, hint: HINTS.roundedUp }, healthy);
 */
export function limited(world: World, options: LimitedOptions, server: Server): Server {
  const { limit, hint, announce, status } = readOptions(
    'limited',
    options,
    THROTTLE_DEFAULTS,
    { limit: objectWith('take'), hint: callable, announce: callable, status: errorStatus },
    ['limit'],
  );
  return (request, reply) => {
    const decision = limit.take(world.now);
    const announced = announce?.(decision);
    if (!decision.accepted) {
      // A bucket whose rate is 0 has no end.
      const retryAfter = decision.waitMs < Infinity ? hint(decision.waitMs) : undefined;
      const headers = {
        ...announced,
        ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
      };
      return reply({ status, headers });
    }
    server(request, (answer) => {
      limit.release?.(world.now);
      reply(announced === undefined ? answer : withHeaders(answer, announced));
    });
  };
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return 'status' in answer ? { ...answer, headers: { ...answer.headers, ...headers } } : answer;
}

/** How a {@link banning} server punishes. */
export interface BanningOptions {
  /** How many throttled requests within `withinMs` it puts up with. */
  readonly afterThrottles: number;
  /** @defaultValue 60000 */
  readonly withinMs?: number;
  /** How long nothing is answered but the ban, in milliseconds. */
  readonly banMs: number;
  /** The status of a banned request. @defaultValue 429 */
  readonly status?: number;
  /** What a banned request is told in `Retry-After`. @defaultValue HINTS.none */
  readonly hint?: Hint;
}

/**
 * Makes a server that bans whoever goes on calling while throttled.
 *
 * @example
 * const server = banning(world, { afterThrottles: 100, banMs: 60_000 }, throttling);
 */
export function banning(world: World, options: BanningOptions, server: Server): Server {
  const { afterThrottles, withinMs, banMs, status, hint } = readOptions(
    'banning',
    options,
    { ...THROTTLE_DEFAULTS, withinMs: 60_000 },
    {
      afterThrottles: wholeNumber(0),
      withinMs: positive,
      banMs: positive,
      status: errorStatus,
      hint: callable,
    },
    ['afterThrottles', 'banMs'],
  );
  let bannedUntil = -Infinity;
  let throttles: number[] = [];
  const countThrottle = (): void => {
    throttles = throttles.filter((moment) => moment > world.now - withinMs);
    throttles.push(world.now);
    if (throttles.length <= afterThrottles) return;
    bannedUntil = world.now + banMs;
    throttles = [];
  };
  return (request, reply) => {
    if (world.now < bannedUntil) {
      const retryAfter = hint(bannedUntil - world.now);
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      return reply({ status, headers });
    }
    server(request, (answer) => {
      if ('status' in answer && answer.status === 429) countThrottle();
      reply(answer);
    });
  };
}
