import { expect, test } from '@jest/globals';
import { scriptedFetch } from '../../src/adapters/testing/scripted-fetch.ts';
import { virtualClock } from '../../src/adapters/testing/virtual-clock.ts';
import { sleep } from '../../src/core/clock.ts';
import { reportOf } from '../../src/http/report.ts';
import { resilientFetch } from '../../src/http/resilient-fetch.ts';

const ADDRESS = 'https://api.example.com/things';
/** More than a budget of five tokens repeats. */
const IN_FLIGHT = 60;

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

test('repetitions that meet an open circuit cost no token of the budget: what was in flight comes through', async () => {
  const clock = virtualClock();
  let isAway = true;
  let sent = 0;
  // Answers take long, so few have come, and much is in flight when the server goes away.
  const upstream = async () => {
    sent += 1;
    if (!isAway) return new Response('back');
    await sleep(clock, sent <= IN_FLIGHT ? 5000 : 1);
    throw Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
    });
  };
  const fetch = resilientFetch(upstream, { clock, random: () => 0.5 });
  const calls = Promise.allSettled(Array.from({ length: IN_FLIGHT }, () => fetch(ADDRESS)));
  await clock.advance(5600);
  const probes = sent - IN_FLIGHT;
  isAway = false;
  const answered = (await clock.run(calls)).filter(({ status }) => status === 'fulfilled');
  // Seven have failed before the circuit opens, and five of them have a token each.
  expect(answered).toHaveLength(IN_FLIGHT - 2);
  expect(probes).toBe(1);
});
