import { describe, expect, test } from '@jest/globals';
import { isResilienceError, reportOf, resilientFetch } from 'holdfast';
import { ondemand } from 'holdfast/catalogs';
import { networkError, repeat, scriptedFetch, virtualClock } from 'holdfast/testing';

type Steps = Parameters<typeof scriptedFetch>[0];
type Options = Parameters<typeof resilientFetch>[1];

const URL_OF_API = 'https://api.example.com/v1/things';

/** A fetch with the defaults, in front of a script, on a clock of its own. */
function play(steps: Steps, options: Options = {}) {
  const clock = virtualClock();
  const upstream = scriptedFetch(steps, { clock });
  const fetch = resilientFetch(upstream, { clock, ...options });
  const run = (init?: RequestInit) => clock.run(fetch(URL_OF_API, init));
  const sent = () => upstream.calls.length;
  return { clock, upstream, fetch, run, sent };
}

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** How the last attempt of a call was classified. */
const categoryOf = (outcome: unknown) =>
  reportOf(outcome as Response)?.attempts.at(-1)?.classification?.category;

// The titles are the situations of the table, word for word: readme-claims.test.ts sees to it.
describe('README.md says what happens when', () => {
  test('the call succeeds', async () => {
    const response = Response.json({ answer: 42 });
    const { run, sent } = play([response]);
    expect(await run()).toBe(response);
    expect(response.bodyUsed).toBe(false);
    expect(sent()).toBe(1);
    expect(categoryOf(response)).toBe('success');
  });

  test('400, 401, 403, 404, 405, a quota that is used up', async () => {
    const quota = { status: 429, json: { error: { code: 'insufficient_quota' } } };
    const body = { message: 'no' };
    const statuses = [400, 401, 403, 404, 405].map((status) => ({ status, json: body }));
    for (const step of [...statuses, quota]) {
      const { run, sent } = play([step, repeat(200)]);
      const response = await run();
      expect([response.status, response.bodyUsed, sent()]).toEqual([step.status, false, 1]);
      expect(categoryOf(response)).toBe('fatal');
      expect(await response.json()).toEqual(step.json);
    }
  });

  test('500, 502, 503, 504, model_error', async () => {
    const plain = [500, 502, 503, 504].map((status) => ({ status, body: 'broken' }));
    const model = { status: 500, json: { message: 'failed', errorCode: 'model_error' } };
    for (const step of [...plain, model]) {
      const { run, sent, upstream } = play([repeat(step)]);
      const response = await run();
      expect([response.status, response.bodyUsed, sent()]).toEqual([step.status, false, 4]);
      expect(categoryOf(response)).toBe('retryable');
      const at = upstream.calls.map((call) => call.at);
      const waits = at.slice(1).map((time, index) => time - at[index]!);
      for (const [index, ceiling] of [250, 500, 1000].entries()) {
        expect(waits[index]).toBeLessThanOrEqual(ceiling);
      }
      expect((await play([step, 200]).run()).status).toBe(200);
    }
  });

  test('connection refused or reset, DNS failure', async () => {
    for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN']) {
      const error = networkError(code);
      const { run, sent } = play([repeat(error)]);
      expect(await errorOf(run())).toBe(error);
      expect([sent(), categoryOf(error)]).toEqual([4, 'retryable']);
      expect((await play([error, 200]).run()).status).toBe(200);
    }
  });

  test('429', async () => {
    const hinted = { status: 429, headers: { 'retry-after': '20' } };
    const { clock, fetch, upstream } = play([hinted, repeat(200)]);
    const throttled = fetch(URL_OF_API);
    await clock.advance(1000);
    const sameOrigin = await clock.run(fetch('https://api.example.com/v2/others'));
    expect(sameOrigin.status).toBe(200);
    expect(clock.now()).toBeLessThan(2000);
    expect((await clock.run(throttled)).status).toBe(200);
    expect(upstream.calls.at(-1)!.at).toBeGreaterThanOrEqual(20_000);

    const unhinted = play([repeat(429)]);
    const last = await unhinted.run();
    expect([last.status, categoryOf(last), unhinted.sent()]).toEqual([429, 'throttle', 4]);

    // Nothing is accepted: others are held back, one probe at a time.
    const dead = play([repeat(429)]);
    const crowd = Array.from({ length: 50 }, () => dead.fetch(URL_OF_API).catch(() => undefined));
    await dead.clock.run(Promise.all(crowd));
    expect(dead.sent()).toBeLessThan(150);
  });

  test('the server says to wait for more than a minute', async () => {
    for (const status of [429, 503]) {
      const { run, sent, clock } = play([{ status, headers: { 'retry-after': '61' } }]);
      expect((await run()).status).toBe(status);
      expect([sent(), clock.now()]).toEqual([1, 0]);
    }
  });

  test('a POST that may have been acted on fails (500, 502, 504, a reset)', async () => {
    for (const step of [500, 502, 504, networkError('ECONNRESET')]) {
      const post = { method: 'POST', body: '{}' };
      const bare = play([repeat(step)]);
      const outcome = await errorOf(bare.run(post));
      expect([bare.sent(), outcome]).toEqual([1, typeof step === 'number' ? undefined : step]);

      const keyed = play([step, 200]);
      const headers = { 'idempotency-key': 'one' };
      expect((await keyed.run({ ...post, headers })).status).toBe(200);
      expect(keyed.sent()).toBe(2);
    }
    for (const status of [502, 504]) {
      const documented = play([status, 200], { catalog: ondemand });
      expect((await documented.run({ method: 'POST', body: '{}' })).status).toBe(200);
    }
  });

  test('five calls in a row fail, or half of ten or more in 10 s', async () => {
    const { run, sent, clock, fetch } = play([repeat(500)]);
    for (let call = 0; call < 5; call += 1) expect((await run()).status).toBe(500);
    // Five first tries, and the five repetitions that the budget holds.
    expect(sent()).toBe(10);
    const opened: number[] = [];
    for (let probe = 0; probe < 6; probe += 1) {
      const error = await errorOf(run());
      if (!isResilienceError(error) || error.kind !== 'circuit-open') throw error;
      opened.push(error.retryAfterMs!);
      await clock.advance(error.retryAfterMs!);
      expect((await run()).status).toBe(500);
    }
    for (const [index, openMs] of [5000, 10_000, 20_000, 40_000, 60_000, 60_000].entries()) {
      // 10 % less or more, and at the cap never more than it.
      expect(opened[index]! / openMs).toBeGreaterThan(0.8);
      expect(opened[index]! / openMs).toBeLessThan(1.11);
    }
    expect(Math.max(...opened)).toBeLessThanOrEqual(60_000);
    const before = sent();
    await clock.run(fetch('https://other.example.com/'));
    expect(sent()).toBeGreaterThan(before);
  });

  test('no headers within 5 minutes', async () => {
    const { run, sent, clock } = play(['hangs', 200]);
    const error = await errorOf(run());
    expect(isResilienceError(error) && error.kind).toBe('timeout');
    expect(categoryOf(error)).toBe('retryable');
    expect([sent(), clock.now()]).toEqual([1, 300_000]);
  });

  test('wrong certificate, unreadable URL', async () => {
    const error = networkError('CERT_HAS_EXPIRED');
    const { run, sent, fetch } = play([repeat(error)]);
    expect(await errorOf(run())).toBe(error);
    expect([sent(), categoryOf(error)]).toEqual([1, 'fatal']);
    expect(await errorOf(fetch('https://['))).toMatchObject({ name: 'TypeError' });
    expect(sent()).toBeLessThanOrEqual(2);
  });

  test('you abort', async () => {
    const reason = new Error('enough');
    for (const step of [503, 'hangs'] as const) {
      const controller = new AbortController();
      const { fetch, sent, clock } = play([repeat(step)], { random: () => 0.999 });
      const call = errorOf(fetch(URL_OF_API, { signal: controller.signal }));
      await clock.advance(100);
      const before = sent();
      controller.abort(reason);
      expect(await call).toBe(reason);
      await clock.advance(60_000);
      expect(sent()).toBe(before);
    }
  });
});
