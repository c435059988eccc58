import { expect, test } from '@jest/globals';
import { scriptedFetch } from '../../src/adapters/testing/scripted-fetch.ts';
import { virtualClock } from '../../src/adapters/testing/virtual-clock.ts';
import { reportOf } from '../../src/http/report.ts';
import { resilientFetch } from '../../src/http/resilient-fetch.ts';

const ADDRESS = 'https://api.example.com/things';

test('a retry that would only be refused is not waited for: the caller gets the last response', async () => {
  const clock = virtualClock();
  const server = scriptedFetch([{ status: 503, body: 'down' }]);
  const fetch = resilientFetch(server, {
    clock,
    random: () => 0.5,
    retry: { maxRetries: 5 },
    circuitBreaker: { mode: 'classic', minimumCalls: 1, openMs: 30_000 },
  });

  const response = await clock.run(fetch(ADDRESS));
  expect(response.status).toBe(503);
  expect(await response.text()).toBe('down');
  expect(server.calls).toHaveLength(1);
  expect(reportOf(response)?.stoppedBecause).toMatch(/open for longer than the wait/);
});

test('a retry whose wait outlasts the open circuit is the probe that closes it', async () => {
  const clock = virtualClock();
  const server = scriptedFetch([{ status: 503, headers: { 'retry-after': '9' } }, 200]);
  const fetch = resilientFetch(server, {
    clock,
    random: () => 0.5,
    circuitBreaker: { mode: 'classic', minimumCalls: 1, openMs: 1000, maxOpenMs: 1000 },
  });

  const response = await clock.run(fetch(ADDRESS));
  expect(response.status).toBe(200);
  expect(reportOf(response)?.attempts.map(({ circuit }) => circuit)).toEqual([
    'closed',
    'half-open',
  ]);
});
