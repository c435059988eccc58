import { callable, readOptions, wholeNumber, type Check } from '../../core/options.ts';
import { exponential, type Distribution } from './distributions.ts';
import { rateOrSteps, stepsOf, type RateSteps } from './rate-steps.ts';
import { OK, UNAVAILABLE, type Reply, type Server, type StatusAnswer } from './server.ts';
import type { World } from './world.ts';

/** How a {@link queueServer} works. */
export interface QueueServerOptions {
  /** How many requests it answers in a second, on average; 0 stands still. Required. */
  readonly ratePerSecond: number | RateSteps;
  /**
   * How much work a request is; 1 takes `1 / ratePerSecond`.
   * @defaultValue exponential, with a mean of 1
   */
  readonly work?: Distribution;
  /**
   * How many requests may wait. One more is answered at once, and costs the server nothing.
   * @defaultValue Infinity
   */
  readonly maxWaiting?: number;
  /**
   * The answer to a request that may not wait.
   * @defaultValue 503
   */
  readonly whenFull?: StatusAnswer;
}

const DEFAULTS = Object.freeze({
  work: exponential(1),
  maxWaiting: Infinity,
  whenFull: UNAVAILABLE,
});

const answer: Check = {
  expected: 'an answer with a status',
  accepts: (value) => typeof (value as StatusAnswer | null)?.status === 'number',
};

/**
 * Makes a server with one queue, first come, first served. It never cancels: a request whose client
 * has given up is dead work, which is what makes retry storms last.
 *
 * @throws OptionError where an option is out of its range
 *
 * @example
 * const server = queueServer(world, { ratePerSecond: 300, maxWaiting: 1_000 });
 */
export function queueServer(world: World, options: QueueServerOptions): Server {
  const { ratePerSecond, work, maxWaiting, whenFull } = readOptions(
    'queueServer',
    options,
    DEFAULTS,
    {
      ratePerSecond: rateOrSteps,
      work: callable,
      maxWaiting: wholeNumber(0, 'or-infinity'),
      whenFull: answer,
    },
    ['ratePerSecond'],
  );
  const random = world.randomOf('work');
  const changes = stepsOf(ratePerSecond);

  let rate = changes[0]?.[1] ?? 0;
  let waiting: Reply[] = [];
  let served = 0;
  let current: Reply | undefined;
  let workLeft = 0;
  let workedSince = 0;
  let completion: { cancel(): void } | undefined;

  function takeNext(): void {
    current = waiting[served];
    if (current === undefined) {
      waiting = [];
      served = 0;
      return;
    }
    served += 1;
    if (served > 4_096) {
      waiting = waiting.slice(served);
      served = 0;
    }
    workLeft = work(random, world.now);
    goOn();
  }

  function goOn(): void {
    workedSince = world.now;
    completion = rate > 0 ? world.after((1_000 * workLeft) / rate, complete) : undefined;
  }

  function complete(): void {
    const reply = current;
    takeNext();
    reply?.(OK);
  }

  for (const [fromMs, newRate] of changes.slice(1)) {
    world.at(fromMs, () => {
      workLeft -= ((world.now - workedSince) * rate) / 1_000;
      completion?.cancel();
      rate = newRate;
      if (current !== undefined) goOn();
    });
  }

  return (_request, reply) => {
    if (current !== undefined && waiting.length - served >= maxWaiting) return reply(whenFull);
    waiting.push(reply);
    if (current === undefined) takeNext();
  };
}
