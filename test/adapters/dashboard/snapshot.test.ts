import { describe, expect, test } from '@jest/globals';
import {
  coalesce,
  controlOf,
  eventStreams,
  hedge,
  resilientFetch,
  timeout,
  type Fetch,
} from 'holdfast';
import { dashboard, type DashboardOptions, type KeySnapshot } from 'holdfast/dashboard';
import { repeat, scriptedFetch, virtualClock } from 'holdfast/testing';
import { usageLimits } from 'holdfast/usage';
import { standingOf } from '../../../src/adapters/dashboard/standing.ts';

const URL_OF_PAYMENTS = 'https://payments.example.com/charges/17';
const KEY = 'https://payments.example.com';

/** A fetch in virtual time, and a dashboard that watches it. */
function watched(script: Parameters<typeof scriptedFetch>[0], options: DashboardOptions = {}) {
  const clock = virtualClock();
  const fetch = resilientFetch(scriptedFetch(script, { clock }), {
    clock,
    random: () => 0.5,
    retry: { jitter: 'none', baseDelayMs: 100 },
  });
  const board = dashboard({ payments: fetch }, { clock, ...options });
  const call = async (init?: RequestInit, url = URL_OF_PAYMENTS) => {
    const answered = fetch(url, init).then(
      (response) => response.status,
      (error: Error) => error.name,
    );
    return clock.run(answered);
  };
  const key = (): KeySnapshot => board.snapshot().keys[0]!;
  const sentence = () => standingOf(key(), board.snapshot().at).sentence;
  return { clock, fetch, board, call, key, sentence };
}

const down = { status: 503, json: { errorCode: 'db_down', message: 'The database is down' } };

describe('the snapshot of a key', () => {
  test('counts attempts by category, calls, retries and their ratio', async () => {
    const { call, key } = watched([down, 200, 200]);
    await call();
    await call();
    expect(key()).toMatchObject({
      name: 'payments',
      key: KEY,
      lastMinute: { calls: 2, success: 2, retryable: 1, retries: 1, fatal: 0, refused: 0 },
    });
  });

  test('forgets what is older than a minute, and keeps it in the history for five', async () => {
    const { clock, call, key } = watched([repeat(200)]);
    await call();
    await clock.advance(61_000);
    expect(key().lastMinute.success).toBe(0);
    expect(key().history.success.reduce((sum, count) => sum + count, 0)).toBe(1);
    await clock.advance(300_000);
    expect(key().history.success.reduce((sum, count) => sum + count, 0)).toBe(0);
  });

  test('says of an open circuit since when, why, and when it is probed', async () => {
    const { clock, call, key, sentence } = watched([repeat(down)]);
    for (const path of ['/charges', '/refunds', '/payouts', '/balance']) {
      for (let calls = 0; calls < 4; calls += 1) void call({}, KEY + path);
    }
    await clock.advance(500);
    const { circuit, circuitChanges } = key();
    expect(circuit).toMatchObject({
      state: 'open',
      isByHand: false,
      because: { status: 503, errorCode: 'db_down', category: 'retryable' },
    });
    expect(circuit?.since).toEqual(expect.any(Number));
    expect(circuitChanges[0]).toMatchObject({ from: 'closed', to: 'open' });
    expect(key().circuitHistory).toMatch(/^c+o+$/);
    expect(sentence()).toMatch(/^open for .+, 503 db_down ×\d+, (next probe in .+|probing now)/);
  });

  test('says which route is open where a route fails alone, or is the only one', async () => {
    const { clock, call, key, sentence } = watched([repeat(down)]);
    for (let calls = 0; calls < 12; calls += 1) void call();
    await clock.advance(500);
    expect(key().routes[0]).toMatchObject({ route: 'GET /charges/:id', state: 'open' });
    expect(key().circuitHistory).toMatch(/^c+p+$/);
    expect(sentence()).toMatch(/^GET \/charges\/:id is open for .+, 503 db_down ×\d+/);
  });

  test('says so where the circuit was opened by hand', () => {
    const { fetch, key, sentence } = watched([repeat(200)]);
    controlOf(fetch).open(KEY);
    expect(key().circuit).toMatchObject({ isByHand: true, nextProbeAt: null });
    expect(sentence()).toMatch(/^opened by hand.*until somebody closes it$/);
  });

  test('holds the last failures, the newest first, each with its decision', async () => {
    const { call, key } = watched([down, { status: 404, json: { errorCode: 'no_charge' } }]);
    await call();
    const [newest, before] = key().failedAttempts;
    expect(newest).toMatchObject({ status: 404, errorCode: 'no_charge', attempt: 2 });
    expect(newest?.decision).toMatch(/^not again: /);
    expect(before).toMatchObject({
      status: 503,
      message: 'The database is down',
      route: 'GET /charges/:id',
      decision: 'again after 0.1 s',
    });
  });

  test('takes an abort for no failure', async () => {
    const { call, key } = watched(['hangs']);
    const controller = new AbortController();
    const calling = call({ signal: controller.signal });
    controller.abort();
    await calling;
    const { lastMinute, trouble, failedAttempts } = key();
    expect([lastMinute.aborted, lastMinute.fatal, trouble, failedAttempts]).toEqual([
      1,
      0,
      null,
      [],
    ]);
  });

  test('takes a second attempt that was not needed any more for no failure', async () => {
    const clock = virtualClock();
    const script = [{ status: 200, delayMs: 500 }, 200];
    const fetch = resilientFetch(scriptedFetch(script, { clock }), {
      clock,
      hedge: hedge({ delayMs: 50, maxHedgeRatio: 1, clock }),
    });
    const board = dashboard(fetch, { clock });
    await clock.run(fetch(URL_OF_PAYMENTS));
    const { lastMinute, trouble } = board.snapshot().keys[0]!;
    expect(lastMinute).toMatchObject({ hedged: 1, success: 1, notNeeded: 1, fatal: 0 });
    expect(trouble).toBeNull();
  });

  test('tells of a stream that failed after it had begun', async () => {
    const clock = virtualClock();
    const chunks = ['data: 1\n\n', 'event: error\ndata: {"error":{"type":"overloaded_error"}}\n\n'];
    const headers = { 'content-type': 'text/event-stream' };
    const streams = eventStreams();
    const inner = scriptedFetch([{ headers, chunks }], { clock });
    const fetch = resilientFetch(inner, { clock, streams });
    const board = dashboard(fetch, { clock });
    const response = await clock.run(fetch(URL_OF_PAYMENTS));
    await clock.run(response.text());
    const { lastMinute, failedAttempts } = board.snapshot().keys[0]!;
    expect(lastMinute).toMatchObject({ success: 1, streamsFailed: 1 });
    expect(failedAttempts[0]).toMatchObject({
      errorCode: 'overloaded_error',
      decision: 'the reader sees it as it came',
    });
  });

  test('shows what is left of limits in units', async () => {
    const clock = virtualClock();
    const rateLimit = usageLimits({
      clock,
      limits: [{ per: 'minute', tokens: 1_000, cost: () => 100 }],
    });
    const fetch = resilientFetch(scriptedFetch([200], { clock }), { clock, rateLimit });
    const board = dashboard(fetch, { clock });
    await clock.run(fetch(URL_OF_PAYMENTS));
    expect(board.snapshot().keys[0]?.usage).toEqual([
      { unit: 'tokens', perMs: 60_000, amount: 1_000, left: expect.any(Number) },
    ]);
  });

  test('shows how many callers share a request', async () => {
    const clock = virtualClock();
    const inner = scriptedFetch([{ status: 200, delayMs: 10 }], { clock });
    const fetch = coalesce({ clock })(resilientFetch(inner, { clock }));
    const board = dashboard(fetch, { clock });
    const calls = [fetch(URL_OF_PAYMENTS), fetch(URL_OF_PAYMENTS)];
    expect(board.snapshot().keys[0]?.sharing).toEqual({ requests: 1, callers: 2 });
    await clock.run(Promise.all(calls));
    expect(board.snapshot().keys[0]?.lastMinute.coalesced).toBe(1);
  });

  test('holds no credential, and no more than a line of what a server says', async () => {
    const message = `key sk-live-${'a'.repeat(24)} of https://me:secret@db.example.com ${'x'.repeat(1e4)}`;
    const { call, board } = watched([repeat({ status: 400, json: { errorCode: 'bad', message } })]);
    await call({ headers: { authorization: 'Bearer 0123456789abcdef' } });
    const text = JSON.stringify(board.snapshot());
    expect(text).not.toMatch(/sk-live|secret@|0123456789abcdef|x{301}/);
    expect(text).toContain('[redacted]');
  });

  test('is JSON: nothing in it is lost on the way', async () => {
    const { call, board, fetch } = watched([down, 200]);
    await call();
    controlOf(fetch).open(KEY);
    const snapshot = board.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });
});

describe('the memory of a dashboard', () => {
  test('holds no more than maxKeys keys, and says how many are left out', async () => {
    const clock = virtualClock();
    const fetch: Fetch = resilientFetch(scriptedFetch([repeat(200)], { clock }), { clock });
    const board = dashboard(fetch, { clock, maxKeys: 3 });
    for (let host = 0; host < 10; host += 1) {
      await clock.run(fetch(`https://api-${host}.example.com/`));
      await clock.advance(10);
    }
    const { keys, leftOut } = board.snapshot();
    expect(keys.map(({ name }) => name)).toContain('api-9.example.com');
    expect(keys).toHaveLength(3);
    expect(leftOut).toBeGreaterThan(0);
  });

  test('hears nothing any more once it is closed', async () => {
    const { board, call, key } = watched([repeat(200)]);
    await call();
    board.close();
    await call();
    expect(key().lastMinute.success).toBe(1);
  });

  test('sets no timer while nobody looks', async () => {
    const { clock, call } = watched([repeat(200)]);
    await call();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('what is watched', () => {
  const wrapped = () => resilientFetch(scriptedFetch([repeat(200)]));

  test('is one fetch, a policy, a list, or an object that names them', () => {
    expect(() => dashboard(wrapped())).not.toThrow();
    expect(() => dashboard(timeout({ timeoutMs: 10 }))).not.toThrow();
    expect(() => dashboard([wrapped(), wrapped()])).not.toThrow();
    expect(() => dashboard({ payments: wrapped() })).not.toThrow();
  });

  test.each([[5], [null], ['fetch'], [[globalThis.fetch]], [{ payments: {} }]])(
    'is never %p',
    (given) => {
      expect(() => dashboard(given as never)).toThrow(
        expect.objectContaining({ name: 'OptionError' }),
      );
    },
  );

  test.each<[string, DashboardOptions]>([
    ['dashboard.actions', { actions: { token: 'short' } }],
    ['dashboard.updateMs', { updateMs: 0 }],
    ['dashboard.maxKeys', { maxKeys: 0.5 }],
    ['dashboard.maxViewers', { maxViewers: -1 }],
    ['dashboard.authorize', { authorize: true as never }],
    ['dashboard.theme', { theme: 'dark' } as never],
  ])('%s is checked when the dashboard is made', (option, options) => {
    expect(() => dashboard(wrapped(), options)).toThrow(expect.objectContaining({ option }));
  });

  test('keeps the names apart where one fetch has several keys', async () => {
    const fetch = wrapped();
    const board = dashboard({ shop: fetch });
    await fetch('https://a.example.com/');
    await fetch('https://b.example.com/');
    expect(board.snapshot().keys.map(({ name }) => name)).toEqual([
      'shop · a.example.com',
      'shop · b.example.com',
    ]);
  });
});
