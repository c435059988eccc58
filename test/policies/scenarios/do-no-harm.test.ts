import { describe, expect, test } from '@jest/globals';
import { percentile, play, seeded, stack, type Flow, type Reply } from './traffic.ts';

const OK: Reply = { status: 200 };
const well = (name: string, perSecond: number, route = '/healthy'): Flow => ({
  name,
  perSecond,
  route,
  server: () => OK,
});
/** Answers a share of attempts with a 429, by chance. */
function sometimes(share: number, seed: number, retryAfter?: string): () => Reply {
  const random = seeded(seed);
  return () =>
    random() < share ? { status: 429, ...(retryAfter !== undefined && { retryAfter }) } : OK;
}

describe('a throttle stops nobody else', () => {
  test.each([150, 500])(
    'row 4: one 429 without a hint on one endpoint leaves %i calls a second elsewhere alone',
    async (perSecond) => {
      let throttles = 0;
      const { healthy } = await play(stack(), [
        { ...well('healthy', perSecond), until: 15_000 },
        {
          name: 'throttled',
          perSecond: 1,
          from: 5000,
          until: 7000,
          route: '/throttled',
          server: () => (throttles++ === 0 ? { status: 429 } : OK),
        },
      ]);
      expect(throttles).toBeGreaterThan(0);
      expect(healthy!.ok / healthy!.calls).toBeGreaterThanOrEqual(0.99);
      expect(percentile(healthy!, 0.5)).toBeLessThanOrEqual(60);
      expect(percentile(healthy!, 0.99)).toBeLessThanOrEqual(60);
    },
  );

  test.each([
    [0.01, 100],
    [0.05, 20],
  ])(
    'row 5: where %d of the attempts are throttled by chance, nearly all calls at %i a second succeed',
    async (share, perSecond) => {
      for (const seed of [1, 2, 3]) {
        const { all } = await play(
          stack({ seed }),
          [
            {
              name: 'all',
              perSecond,
              route: '/one',
              server: sometimes(share, seed),
              until: 60_000,
            },
          ],
          seed,
        );
        expect(all!.ok / all!.calls).toBeGreaterThanOrEqual(0.99);
        expect(percentile(all!, 0.5)).toBeLessThanOrEqual(60);
      }
    },
  );

  test('row 6: a poller that is told to stay away for a minute, every 5 s, costs the others nothing', async () => {
    const { healthy } = await play(stack(), [
      { ...well('healthy', 20), until: 600_000 },
      {
        name: 'poller',
        perSecond: 0.2,
        until: 600_000,
        route: '/poll',
        server: () => ({ status: 429, retryAfter: 60 }),
      },
    ]);
    expect(healthy!.calls).toBeGreaterThan(11_500);
    expect(healthy!.ok / healthy!.calls).toBeGreaterThanOrEqual(11_900 / 12_000);
  });

  test.each([0.1, 0.3])(
    'an endpoint that throttles for ever, with %d of the traffic, costs the others nothing and is spared',
    async (share) => {
      for (const seed of [1, 2, 3]) {
        const { healthy, dead } = await play(
          stack({ seed }),
          [
            well('healthy', 100 * (1 - share)),
            {
              name: 'dead',
              perSecond: 100 * share,
              route: '/dead',
              server: () => ({ status: 429 }),
            },
          ],
          seed,
        );
        expect(healthy!.ok / healthy!.calls).toBeGreaterThanOrEqual(0.99);
        expect(percentile(healthy!, 0.5)).toBeLessThanOrEqual(60);
        expect(dead!.sent / dead!.calls).toBeLessThanOrEqual(0.3);
      }
    },
  );
});

describe('a limit holds for its scope', () => {
  test('row 7: the exhausted quota of one credential does not stop another', async () => {
    const { a, b } = await play(stack(), [
      {
        name: 'a',
        perSecond: 10,
        scope: 'origin a',
        route: '/x',
        server: () => ({ status: 429, retryAfter: 3600 }),
      },
      { ...well('b', 10, '/x'), scope: 'origin b' },
    ]);
    expect(b!.ok).toBe(b!.calls);
    expect(percentile(b!, 0.99)).toBeLessThanOrEqual(60);
    expect(a!.sent).toBeLessThan(60);
  });

  test('row 7: a route with a limit of its own does not stall the other routes', async () => {
    const { search, core } = await play(stack(), [
      {
        name: 'search',
        perSecond: 2,
        until: 300_000,
        route: '/search',
        // Thirty a minute, as GitHub's: told by a hint that counts down.
        server: (now) =>
          now % 60_000 < 15_000
            ? OK
            : { status: 429, retryAfter: Math.ceil((60_000 - (now % 60_000)) / 1000) },
      },
      { ...well('core', 10, '/repos'), until: 300_000 },
    ]);
    expect(core!.ok / core!.calls).toBeGreaterThanOrEqual(0.99);
    expect(percentile(core!, 0.99)).toBeLessThanOrEqual(60);
    expect(search!.ok).toBeGreaterThan(100);
  });
});

/** A limit of so many in any second, whose server counts a sliding window. */
function slidingWindow(limit: number): (now: number) => Reply {
  const log: number[] = [];
  return (now) => {
    while (log.length > 0 && log[0]! <= now - 1000) log.shift();
    if (log.length >= limit) return { status: 429 };
    log.push(now);
    return OK;
  };
}

describe('a configured rate', () => {
  test.each([10, 50, 100])(
    'row 24: a server that counts %i in a sliding second never throttles a crowd that is paced at it',
    async (limit) => {
      const { crowd } = await play(stack({ rateLimit: { ratePerSecond: limit } }), [
        {
          name: 'crowd',
          perSecond: 1000,
          until: limit * 30,
          route: '/all',
          server: slidingWindow(limit),
        },
      ]);
      expect(crowd!.calls).toBeGreaterThan(limit * 15);
      expect(crowd!.ok).toBe(crowd!.calls);
      expect(crowd!.sent).toBe(crowd!.calls);
    },
  );

  test('goes on as configured through throttles that come by chance', async () => {
    const { all } = await play(stack({ rateLimit: { ratePerSecond: 50 } }), [
      { name: 'all', perSecond: 40, route: '/all', server: sometimes(0.05, 4, '60') },
    ]);
    // The few that were told to wait a minute did; nobody else noticed.
    expect(all!.ok / all!.calls).toBeGreaterThanOrEqual(0.99);
    expect(percentile(all!, 0.9)).toBeLessThan(150);
  });
});

describe('a wrong hint is found out', () => {
  test.each([
    ['milliseconds by mistake', 60_000],
    ['an epoch', 1_767_225_600],
    ['a date in the year 9999', 'Fri, 31 Dec 9999 23:59:59 GMT'],
  ])(
    'row 8: %s: the server is asked again within seconds, not within days',
    async (_what, hint) => {
      // For ten seconds everything is throttled.
      const { all } = await play(stack(), [
        {
          name: 'all',
          perSecond: 20,
          until: 300_000,
          route: '/all',
          server: (now) =>
            now > 10_000 && now < 20_000 ? { status: 429, retryAfter: hint as string } : OK,
        },
      ]);
      const back = all!.sentAt.find((at) => at >= 20_000)!;
      expect(back).toBeLessThan(35_000);
      expect(all!.ok / all!.calls).toBeGreaterThan(0.9);
    },
  );

  test('a hint that counts down is believed: an hour is a few probes', async () => {
    const { all } = await play(stack(), [
      {
        name: 'all',
        perSecond: 5,
        until: 3_700_000,
        route: '/all',
        server: (now) =>
          now < 3_600_000 ? { status: 429, retryAfter: Math.ceil((3_600_000 - now) / 1000) } : OK,
      },
    ]);
    const probes = all!.sentAt.filter((at) => at < 3_600_000).length;
    expect(probes).toBeLessThan(40);
    const back = all!.sentAt.find((at) => at >= 3_600_000)!;
    expect(back).toBeLessThan(3_603_000);
  }, 60_000);
});

describe('where nothing is accepted', () => {
  test('row 12: a 429 without a hint for ever: callers get the server’s answer, half of them within 10 s', async () => {
    const atOnce: Flow = {
      name: 'crowd',
      perSecond: 1000,
      until: 1000,
      route: '/all',
      server: () => ({ status: 429 }),
    };
    const { crowd } = await play(stack(), [atOnce]);
    expect(percentile(crowd!, 0.5)).toBeLessThanOrEqual(10_000);
    expect(percentile(crowd!, 1)).toBeLessThanOrEqual(60_000);
    // Those whose own request the server has answered get that answer, and no refusal of ours.
    expect(crowd!.failed).toBe(crowd!.calls - crowd!.refused);
    expect(crowd!.failed).toBeGreaterThan(0);
  });

  test('row 12: a thousand that come at once all get the server’s answer', async () => {
    const { clock, policy } = stack();
    let sent = 0;
    const answers = Array.from({ length: 1000 }, () => {
      const began = clock.now();
      return policy
        .execute(() => {
          sent += 1;
          throw Object.assign(new Error('status 429'), { status: 429 });
        })
        .catch((error: { readonly status?: number }) => [error.status, clock.now() - began]);
    });
    const settled = (await clock.run(Promise.all(answers))) as [number, number][];
    expect(settled.filter(([status]) => status === 429)).toHaveLength(1000);
    const durations = settled.map(([, durationMs]) => durationMs).toSorted((a, b) => a - b);
    expect(durations[500]).toBeLessThanOrEqual(10_000);
    expect(sent).toBeLessThan(1020);
  });

  test('an outage of throttles gets few probes, one at a time, and traffic is back after it', async () => {
    let underway = 0;
    let most = 0;
    const { all } = await play(stack(), [
      {
        name: 'all',
        perSecond: 50,
        until: 120_000,
        route: '/all',
        server: (now) => {
          const isOut = now > 20_000 && now < 50_000;
          if (now > 25_000 && now < 50_000) {
            underway += 1;
            most = Math.max(most, underway);
            underway -= 1;
          }
          return isOut ? { status: 429 } : OK;
        },
      },
    ]);
    const during = all!.sentAt.filter((at) => at > 22_000 && at < 50_000);
    expect(during.length).toBeLessThan(10);
    expect(most).toBeLessThanOrEqual(1);
    const after = all!.sentAt.filter((at) => at > 85_000 && at < 115_000).length;
    expect(after / 30).toBeGreaterThan(45);
  });
});

describe('a circuit opens for what is down, and for nothing else', () => {
  test('row 10: 99 % 404 and 1 % 500 never opens it', async () => {
    const random = seeded(7);
    const running = stack();
    const { all } = await play(running, [
      {
        name: 'all',
        perSecond: 100,
        route: '/all',
        server: () => ({ status: random() < 0.99 ? 404 : 500 }),
      },
    ]);
    expect(all!.refused).toBe(0);
    expect(running.events.filter(({ type }) => type === 'circuit-changed')).toEqual([]);
  });

  // Where each answer pays for 0.3 repetitions, a share s of successes s = (1 − f)(1 + 0.3 s) remains.
  test.each([
    [0.1, 0.9987],
    [0.2, 0.985],
    [0.3, 0.87],
  ])(
    'a server that fails %d of its calls by chance is not stopped, and retries see to it: %d',
    async (share, succeeds) => {
      for (const seed of [1, 2, 3]) {
        const random = seeded(seed);
        const running = stack({ seed });
        const { all } = await play(
          running,
          [
            {
              name: 'all',
              perSecond: 100,
              route: '/all',
              server: () => ({ status: random() < share ? 503 : 200 }),
            },
          ],
          seed,
        );
        expect(all!.refused).toBe(0);
        expect(all!.ok / all!.calls).toBeGreaterThan(succeeds);
      }
    },
  );

  test('row 10: an upstream that is back and answers 404 closes it at the first answer', async () => {
    const { all } = await play(stack(), [
      {
        name: 'all',
        perSecond: 20,
        route: '/all',
        server: (now) => (now < 10_000 ? { status: 503 } : { status: 404 }),
        until: 60_000,
      },
    ]);
    const late = all!.sentAt.filter((at) => at > 30_000).length;
    expect(late / 30).toBeGreaterThan(18);
  });

  test('row 11: an upstream that swallows everything opens it, though the callers time out by themselves', async () => {
    const { all } = await play(stack(), [
      {
        name: 'all',
        perSecond: 5,
        until: 20_000,
        route: '/all',
        server: () => ({ status: 200, takesMs: Infinity }),
        callerTimeoutMs: 1000,
      },
    ]);
    // Three time out before it is known, five more are on the way by then, and a probe a second follows.
    expect(all!.sent).toBeLessThanOrEqual(3 + 5 + 20);
    // The others wait a moment, and longer than these callers do.
    expect(all!.ok + all!.refused).toBe(0);
  });

  test.each([0.1, 0.3, 0.5])(
    'row 37: a dead endpoint with %d of the traffic has a circuit of its own, and the others are answered',
    async (share) => {
      for (const seed of [1, 2, 3]) {
        const running = stack({ seed });
        const { healthy, dead } = await play(
          running,
          [
            well('healthy', 100 * (1 - share)),
            {
              name: 'dead',
              perSecond: 100 * share,
              route: '/dead',
              server: () => ({ status: 500 }),
            },
          ],
          seed,
        );
        expect(healthy!.ok / healthy!.calls).toBeGreaterThanOrEqual(0.99);
        expect(dead!.sent / dead!.calls).toBeLessThanOrEqual(0.3);
      }
    },
  );

  test('an upstream that is down on every route opens the circuit of the key', async () => {
    const running = stack();
    const dead = (name: string): Flow => ({
      name,
      perSecond: 10,
      route: name,
      server: (now) => (now < 5000 ? OK : { status: 503 }),
      until: 20_000,
    });
    const results = await play(running, ['/a', '/b', '/c'].map(dead));
    const opened = running.events.find(({ type }) => type === 'circuit-changed');
    expect(opened).toMatchObject({ to: 'open', route: undefined });
    const sent = Object.values(results).flatMap(({ sentAt }) => sentAt.filter((at) => at > 6000));
    // A probe a second.
    expect(sent.length).toBeLessThanOrEqual(20);
  });
});
