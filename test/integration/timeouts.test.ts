import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CircuitOpenError, TimeoutError, reportOf, resilientFetch } from '../../src/index.ts';
import { faultyServer, type FaultyServer } from '../../src/testing.ts';
import { eventually, pause } from './plain-server.ts';

let server: FaultyServer;
let url: string;
beforeEach(async () => {
  server = await faultyServer();
  url = `${server.url}/plugin/v1/list`;
});
afterEach(() => server.close());

test('the attempt timeout aborts its own attempt only: the next one answers', async () => {
  server.play({ kind: 'never-answers' });
  const fetch = resilientFetch(undefined, { attemptTimeoutMs: 300, retry: { baseDelayMs: 1 } });
  const response = await fetch(url);
  expect([response.status, server.requests.length]).toEqual([200, 2]);
  expect(await response.json()).toHaveProperty('data');
  const { attempts } = reportOf(response)!;
  expect(attempts.map(({ classification }) => classification?.category)).toEqual([
    'retryable',
    'success',
  ]);
  // The request that was given up does not go on behind anybody's back.
  expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
});

test('neither timeout cuts off the slow body of a response that was returned', async () => {
  server.play({ kind: 'slow-body', pieces: 10, everyMs: 70 });
  const fetch = resilientFetch(undefined, { attemptTimeoutMs: 300, totalTimeoutMs: 300 });
  const startedAt = performance.now();
  const text = await (await fetch(url)).text();
  expect(performance.now() - startedAt).toBeGreaterThan(450);
  expect(JSON.parse(text)).toHaveProperty('data');
});

test('neither timeout cuts off the slow body of a last response that is an error', async () => {
  server.play({
    kind: 'answer',
    status: 404,
    headers: { 'content-type': 'text/event-stream', 'x-none': 'of our business' },
    body: 'x'.repeat(500_000),
  });
  const fetch = resilientFetch(undefined, { attemptTimeoutMs: 300, totalTimeoutMs: 300 });
  const response = await fetch(url);
  await pause(400);
  expect((await response.text()).length).toBe(500_000);
});

test('the caller’s abort cuts off the body of a returned response, after the timeouts too', async () => {
  server.play({ kind: 'slow-body', pieces: 100, everyMs: 40 });
  const controller = new AbortController();
  const fetch = resilientFetch(undefined, { attemptTimeoutMs: 300, totalTimeoutMs: 300 });
  const response = await fetch(url, { signal: controller.signal });
  const reading = response.text();
  setTimeout(() => controller.abort('enough'), 400);
  await expect(reading).rejects.toBe('enough');
  expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
});

test('the total timeout ends whatever attempt is under way', async () => {
  server.startOutage({ kind: 'never-answers' });
  const options = { attemptTimeoutMs: 80, totalTimeoutMs: 200, retry: { baseDelayMs: 1 } };
  const startedAt = performance.now();
  const error = await resilientFetch(undefined, options)(url).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({ kind: 'timeout', name: 'TimeoutError' });
  expect(performance.now() - startedAt).toBeLessThan(2000);
  expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
  await pause(50);
  expect(server.requests.length).toBeLessThanOrEqual(3);
});

test('a POST that timed out may have been acted on, so it is not repeated', async () => {
  server.startOutage({ kind: 'never-answers' });
  // Long enough for the request to arrive on a busy machine.
  const fetch = resilientFetch(undefined, { attemptTimeoutMs: 500 });
  const error = await fetch(url, { method: 'POST', body: 'x' }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ kind: 'timeout', attempts: [{ number: 1 }] });
  expect(server.requests).toHaveLength(1);
  expect(reportOf(error)!.stoppedBecause).toMatch(/^POST may have been acted on/);
});

test('who waits at an open circuit until the deadline is told so, and not that the server did not answer', async () => {
  server.startOutage();
  const fetch = resilientFetch(undefined, { totalTimeoutMs: 300, retry: false });
  const outcomes: unknown[] = [];
  while (outcomes.length < 14) outcomes.push(await fetch(url).catch((thrown: unknown) => thrown));
  // Until it opens, and where a probe goes, the server answers.
  const refused = outcomes.filter((outcome) => !(outcome instanceof Response));
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.filter((error) => !(error instanceof CircuitOpenError))).toEqual([]);
});
