import { expect, test } from '@jest/globals';
import { reportOf, resilientFetch } from '../../../src/index.ts';
import { repeat, scriptedFetch, virtualClock } from '../../../src/testing.ts';
import { circuitBreaker } from '../../../src/policies/circuit-breaker/circuit-breaker.ts';
import { tokenBucket } from '../../../src/policies/rate-limit/token-bucket.ts';
import { retry } from '../../../src/policies/retry/retry.ts';
import { timeout } from '../../../src/policies/timeout.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { unavailable } from '../http-failure.ts';

const ADDRESS = 'https://api.example.com/things';

test('a call whose further attempt the limiter refuses gets the server’s last answer, unread', async () => {
  const clock = virtualClock();
  const server = scriptedFetch([repeat({ status: 429, body: '{"errorCode":"slow_down"}' }, 100)]);
  const fetch = resilientFetch(server, { clock, random: () => 0.5 });
  const responses = await clock.run(Promise.all(Array.from({ length: 20 }, () => fetch(ADDRESS))));
  expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 429));
  for (const response of responses) {
    expect(await response.json()).toEqual({ errorCode: 'slow_down' });
  }
  expect(reportOf(responses[0])?.stoppedBecause).toMatch(/the server accepts nothing/);
  expect(server.calls.length).toBeLessThan(30);
});

test('a call whose further attempt the breaker refuses gets the original error', async () => {
  const clock = virtualClock();
  const breaker = circuitBreaker({ mode: 'classic', clock, openMs: 10_000 });
  const policy = pipeline(retry({ baseDelayMs: 1000, jitter: 'none', clock }), breaker);
  const failure = unavailable();
  const failing = policy.execute(() => Promise.reject(failure)).catch((error: unknown) => error);
  await clock.advance(500);
  breaker.forceOpen();
  await expect(clock.run(failing)).resolves.toBe(failure);
});

test('a first try that is refused is told at once: it waits for nothing on its way out', async () => {
  const breaker = circuitBreaker();
  breaker.forceOpen();
  const policy = pipeline(
    timeout({ timeoutMs: 900_000 }),
    retry(),
    tokenBucket(),
    breaker,
    timeout({ timeoutMs: 300_000 }),
  );
  let turns = 0;
  let settled = false;
  policy.execute(() => {}).catch(() => (settled = true));
  for (; !settled && turns < 100; turns += 1) await Promise.resolve();
  // One for the frame of the gates, one for each layer around it, and two for the caller.
  expect(turns).toBeLessThanOrEqual(5);
});

test('a first try that is refused ends with the refusal: there is no answer', async () => {
  const breaker = circuitBreaker();
  breaker.forceOpen();
  const policy = pipeline(retry(), breaker);
  await expect(policy.execute(() => {})).rejects.toMatchObject({ kind: 'circuit-open' });
});
