import { describe, expect, test } from '@jest/globals';
import { controlOf, pipeline, retry } from '../../../src/index.ts';
import type { ResilienceEvent } from '../../../src/core/events.ts';
import { virtualClock } from '../../../src/testing.ts';
import {
  usageLimits,
  type UsageLimitOptions,
  type UsageLimitsOptions,
} from '../../../src/usage.ts';

interface Answer {
  readonly used?: number;
}

const settle = (answer: unknown) => (answer as Answer | undefined)?.used;

/** A limit of 6,000 units a minute, 100 a second, whose calls say what they cost as their weight. */
const MINUTE = { per: 'minute', units: 6000, burst: 6000, cost: () => 1 } as const;

function limitsOf(limits: readonly UsageLimitOptions[], more: Partial<UsageLimitsOptions> = {}) {
  const clock = virtualClock();
  const events: ResilienceEvent[] = [];
  const onEvent = (event: ResilienceEvent) => {
    if (event.by === 'usage-limits') events.push(event);
  };
  const policy = usageLimits({ clock, onEvent, limits, ...more });
  const starts: (readonly [name: string, at: number])[] = [];
  const start = (
    name: string,
    weight?: number,
    call: { priority?: number; signal?: AbortSignal; answer?: unknown } = {},
  ) =>
    policy.execute(
      () => {
        starts.push([name, clock.now()]);
        return call.answer;
      },
      { weight, ...call },
    );
  const left = () =>
    controlOf(policy)
      .state()
      .usage.map((one) => one.left);
  return { clock, policy, events, starts, start, left };
}

describe('usage limits', () => {
  test('start what the limit holds at once, and then at its rate', async () => {
    const { clock, starts, start } = limitsOf([MINUTE]);
    await clock.run(Promise.all([start('a', 4000), start('b', 2000), start('c', 1000)]));
    expect(starts).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 10_000],
    ]);
  });

  test('keep to all of several windows', async () => {
    const { clock, starts, start } = limitsOf([
      { per: 'second', requests: 2, burst: 2 },
      { per: 'day', units: 1000, cost: () => 300 },
    ]);
    await clock.run(Promise.all(['a', 'b', 'c', 'd'].map((name) => start(name))));
    const [, , [, third] = [], [, fourth] = []] = starts;
    expect(starts.slice(0, 2).map(([, at]) => at)).toEqual([0, 0]);
    expect(third).toBe(500);
    // The fourth does not fit into the day.
    expect(fourth).toBeGreaterThan(86_400_000);
    expect(fourth).toBeLessThanOrEqual(1.02 * 86_400_000);
  });

  test('count a request as 1 where its weight is said, and the weight in the other units', async () => {
    const { start, left } = limitsOf([{ per: 'hour', requests: 10, burst: 10 }, MINUTE]);
    await start('a', 500);
    expect(left()).toEqual([9, 5500]);
  });

  test('ask the estimate for a call whose weight is not said, once for limits that share it', async () => {
    const asked: string[] = [];
    const cost = ({ route }: { route: string }) => {
      asked.push(route);
      return { tokens: 300, inputTokens: 100 };
    };
    const { clock, policy, left } = limitsOf([
      { per: 'minute', tokens: 1000, burst: 1000, cost },
      { per: 'minute', inputTokens: 1000, burst: 1000, cost },
    ]);
    await clock.run(policy.execute(() => {}, { route: 'chat' }));
    expect(asked).toEqual(['chat']);
    expect(left()).toEqual([700, 900]);
  });

  test('nobody overtakes: a large call is not starved, and small ones wait for those before them', async () => {
    const { clock, starts, start } = limitsOf([MINUTE]);
    const names = ['all', 'large', 'small 1', 'small 2'];
    const weights = [6000, 5000, 10, 10];
    await clock.run(Promise.all(names.map((name, index) => start(name, weights[index]))));
    expect(starts.map(([name]) => name)).toEqual(names);
    expect(starts.map(([, at]) => at)).toEqual([0, 50_000, 50_100, 50_200]);
  });

  test('a higher priority goes first', async () => {
    const { clock, starts, start } = limitsOf([MINUTE]);
    await clock.run(
      Promise.all([
        start('all', 6000),
        start('low', 100, { priority: -1 }),
        start('high', 5000, { priority: 1 }),
      ]),
    );
    expect(starts.map(([name]) => name)).toEqual(['all', 'high', 'low']);
  });

  test('one that leaves the line lets those behind it go as soon as theirs is there', async () => {
    const { clock, starts, start } = limitsOf([MINUTE]);
    const caller = new AbortController();
    await start('all', 6000);
    const large = start('large', 6000, { signal: caller.signal });
    const small = start('small', 100);
    await clock.advance(2000);
    expect(starts).toHaveLength(1);
    caller.abort(new Error('enough'));
    await expect(large).rejects.toThrow('enough');
    await small;
    expect(starts.at(-1)).toEqual(['small', 2000]);
  });

  test('a call that costs more than there ever is at once is refused at once, and says so', async () => {
    const { clock, events, start } = limitsOf([MINUTE]);
    const error = await start('huge', 6001).catch((one: Error) => one);
    expect(error).toMatchObject({ kind: 'rate-limited', retryAfterMs: undefined });
    expect((error as Error).message).toBe(
      'Not sent to default: it costs 6001 units, more than the 6000 that its limit allows a minute, so it can never start',
    );
    expect(clock.now()).toBe(0);
    expect(events).toMatchObject([{ type: 'refused', by: 'usage-limits' }]);
  });

  test('tell of the wait before it, and refuse at once what would wait longer than it may', async () => {
    const { clock, events, start } = limitsOf([MINUTE], { maxWaitMs: 20_000 });
    await start('all', 6000);
    const waits = start('b', 1500);
    const error = await start('c', 1000).catch((one: Error) => one);
    expect(error).toMatchObject({ kind: 'rate-limited', retryAfterMs: 25_000 });
    await clock.run(waits);
    expect(events).toMatchObject([
      { type: 'queued', waitMs: 15_000 },
      { type: 'refused', retryAfterMs: 25_000 },
    ]);
  });

  test('refuse what does not fit into the line', async () => {
    const { clock, start } = limitsOf([MINUTE], { maxQueue: 1 });
    await start('all', 6000);
    const waits = start('b', 100);
    await expect(start('c', 100)).rejects.toThrow('1 calls wait already');
    await clock.run(waits);
  });

  test('one timer is set while somebody waits, and none otherwise', async () => {
    const { clock, start } = limitsOf([MINUTE]);
    await start('all', 6000);
    expect(clock.pendingTimers).toBe(0);
    const waiting = Promise.all([start('b', 100), start('c', 100), start('d', 100)]);
    expect(clock.pendingTimers).toBe(1);
    await clock.run(waiting);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('what a call has used', () => {
  const SETTLED = { ...MINUTE, settle } as const;

  test('settles its limit, as soon as it is known', async () => {
    const { start, left } = limitsOf([SETTLED]);
    await start('a', 1000, { answer: { used: 400 } });
    expect(left()).toEqual([5600]);
    await start('b', 100, { answer: { used: 600 } });
    expect(left()).toEqual([5000]);
  });

  test('is the estimate where the answer does not say', async () => {
    const { start, left } = limitsOf([SETTLED]);
    await start('a', 1000, { answer: 'nothing of it' });
    expect(left()).toEqual([5000]);
  });

  test('lets those who wait go sooner where it is less than was taken', async () => {
    const { clock, policy, starts, start } = limitsOf([SETTLED]);
    let answer: (value: unknown) => void = () => {};
    const first = policy.execute(() => new Promise((resolve) => (answer = resolve)), {
      weight: 6000,
    });
    const second = start('second', 1000);
    await clock.advance(1000);
    answer({ used: 100 });
    await Promise.all([first, second]);
    expect(starts).toEqual([['second', 1000]]);
  });

  test('twice the estimate is taken before anything is known of the estimates, and what they are short of later', async () => {
    const { policy, start, left } = limitsOf([SETTLED]);
    const taken: number[] = [];
    const run = (used: number) =>
      policy.execute(
        () => {
          taken.push(6000 - (left()[0] ?? 0));
          return { used };
        },
        { weight: 10 },
      );
    await run(0);
    expect(taken).toEqual([20]);
    for (let call = 0; call < 200; call += 1) await start('exact', 1, { answer: { used: 1 } });
    const before = 6000 - (left()[0] ?? 0);
    taken.length = 0;
    await run(0);
    expect((taken[0] ?? 0) - before).toBeLessThan(10.1);
  });

  test('is nothing where the call was never sent, or the server says that it did nothing', async () => {
    const { clock, policy, left } = limitsOf([SETTLED, { per: 'hour', requests: 10, burst: 10 }]);
    const throttle = Object.assign(new Error('slow down'), { status: 429 });
    await policy.execute(() => Promise.reject(throttle), { weight: 1000 }).catch(() => {});
    // A server counts requests that it throttles.
    expect(left()).toEqual([6000, 9]);
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    await pipeline(policy)
      .execute(() => Promise.reject(refused), { weight: 1000 })
      .catch(() => {});
    expect(left()[0]).toBe(6000);
    expect(left()[1]).toBeCloseTo(9, 1);
    const failure = Object.assign(new Error('broken'), { status: 500 });
    await policy.execute(() => Promise.reject(failure), { weight: 1000 }).catch(() => {});
    expect(left()[0]).toBe(5000);
    expect(clock.now()).toBe(0);
  });

  test('is taken again by each repetition', async () => {
    const { clock, policy, left } = limitsOf([MINUTE]);
    const failure = Object.assign(new Error('broken'), { status: 500 });
    let attempts = 0;
    const run = pipeline(retry({ clock, random: () => 0 }), policy).execute(
      () => (++attempts < 3 ? Promise.reject(failure) : 'fine'),
      { weight: 100 },
    );
    expect(await clock.run(run)).toBe('fine');
    expect(left()[0]).toBeCloseTo(5700, 0);
  });

  test('whatever a function of the user makes of the answer, the caller gets it', async () => {
    const { start, left } = limitsOf([
      {
        ...MINUTE,
        settle() {
          throw new Error('a fault');
        },
      },
    ]);
    expect(await start('a', 1000, { answer: 7 })).toBe(7);
    expect(left()).toEqual([5000]);
  });
});

describe('options of usage limits', () => {
  const bad: readonly (readonly [UsageLimitsOptions | undefined, string])[] = [
    [undefined, 'usageLimits.limits'],
    [{ limits: [] }, 'usageLimits.limits'],
    [{ limits: [{ per: 'minute' }] }, 'usageLimits.limits[0]'],
    [{ limits: [{ per: 'minute', requests: 1, tokens: 1 }] }, 'usageLimits.limits[0]'],
    [{ limits: [{ per: 'minute', tokens: 1 }] }, 'usageLimits.limits[0].cost'],
    [{ limits: [{ per: 'fortnight' as never, requests: 1 }] }, 'usageLimits.limits[0].per'],
    [{ limits: [{ per: 0, requests: 1 }] }, 'usageLimits.limits[0].per'],
    [{ limits: [{ per: 'day', requests: 1, burst: 1 }] }, 'usageLimits.limits[0].burst'],
    [{ limits: [{ per: 'minute', requests: 1, burst: 2 }] }, 'usageLimits.limits[0].burst'],
  ];
  test.each(bad)('that cannot work are refused by name: %j', (options, option) => {
    expect(() => usageLimits(options as UsageLimitsOptions)).toThrow(
      expect.objectContaining({ name: 'OptionError', option }) as unknown as Error,
    );
  });
});

describe('a server that gives less than is configured', () => {
  const throttle = Object.assign(new Error('slow down'), { status: 429 });

  test('slows the limit of which the least is left, and gives it its rate back as it accepts', async () => {
    const { clock, policy, start, left } = limitsOf([
      MINUTE,
      { per: 'hour', requests: 1000, burst: 1000 },
    ]);
    await start('most', 5900);
    await policy.execute(() => Promise.reject(throttle), { weight: 50 }).catch(() => {});
    // Half of what is left, and nine tenths of the rate.
    expect(left()[0]).toBe(50);
    await clock.advance(1000);
    expect(left()[0]).toBeCloseTo(140, 5);
    for (let call = 0; call < 60; call += 1) await start('small', 0.001);
    const before = left()[0] ?? 0;
    await clock.advance(1000);
    expect((left()[0] ?? 0) - before).toBeCloseTo(100, 5);
  });

  test('is not blamed on a limit of which more than half is left', async () => {
    const { clock, policy, start, left } = limitsOf([MINUTE]);
    await start('some', 2000);
    await policy.execute(() => Promise.reject(throttle), { weight: 50 }).catch(() => {});
    expect(left()).toEqual([4000]);
    await clock.advance(1000);
    expect(left()).toEqual([4100]);
  });
});
