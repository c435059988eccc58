import { describe, expect, test } from '@jest/globals';
import { scriptedFetch } from '../../src/adapters/testing/scripted-fetch.ts';
import { virtualClock } from '../../src/adapters/testing/virtual-clock.ts';
import { ondemand } from '../../src/catalogs/ondemand.ts';
import { resilientFetch } from '../../src/http/resilient-fetch.ts';

type Answer = Parameters<typeof scriptedFetch>[0] extends readonly (infer One)[] ? One : never;

const ADDRESS = 'https://api.example.com/orders';
const JSON_TYPE = { 'content-type': 'application/json' };
const json = (status: number, body: unknown, headers: object = {}): Answer =>
  ({ status, body: JSON.stringify(body), headers: { ...JSON_TYPE, ...headers } }) as Answer;

/** How often a request is sent that is answered so four times. */
async function timesSent(
  method: string,
  answer: Answer,
  options: Parameters<typeof resilientFetch>[1] = {},
): Promise<number> {
  const clock = virtualClock();
  const server = scriptedFetch([answer, answer, answer, answer], { clock });
  const fetch = resilientFetch(server, { clock, ...options });
  await clock.run(fetch(ADDRESS, { method, ...(method === 'POST' && { body: 'x' }) }));
  return server.calls.length;
}

describe('a POST is sent once', () => {
  test.each<[string, Answer]>([
    ['on an empty 503', 503],
    [
      "on Heroku's page",
      { status: 503, body: '<html><head><title>Application Error</title></head></html>' } as Answer,
    ],
    [
      "on Envoy's lost connection",
      {
        status: 503,
        body: 'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
      } as Answer,
    ],
    ...[500, 502, 504].map((status): [string, Answer] => [
      `on a ${status} that mentions a rate limit`,
      json(status, { message: 'Payment captured; webhook delivery: rate limit exceeded' }),
    ]),
    ...[400, 409, 422].flatMap((status): [string, Answer][] => [
      [`on a ${status} "aborted"`, json(status, { message: 'aborted by the card issuer' })],
      [`on a ${status} "in progress"`, json(status, { message: 'a refund is in progress' })],
    ]),
    ['on a 422 that echoes a hint', json(422, { message: 'no', data: { retryable: true } })],
    ['on a 400 with a Retry-After', json(400, { message: 'no' }, { 'retry-after': '1' })],
  ])('%s', async (_what, answer) => {
    expect(await timesSent('POST', answer)).toBe(1);
  });
});

describe('a POST is sent again', () => {
  test.each<[string, Answer]>([
    ['after a 503 with a Retry-After', { status: 503, headers: { 'retry-after': '1' } } as Answer],
    ['after a 503 with a code of overload', json(503, { code: 'ServerBusy', message: 'busy' })],
    ["on the server's own hint", json(500, { error: { message: 'x', retryable: true } })],
  ])('%s', async (_what, answer) => {
    expect(await timesSent('POST', answer)).toBeGreaterThan(1);
  });

  test.each([
    [429, 'rate_limit_exceeded'],
    [502, 'bad_gateway'],
    [503, 'resource_unavailable'],
    [504, 'plugin_execution_timeout'],
  ])('to OnDemand on a %d %s', async (status, errorCode) => {
    const answer = json(status, { message: 'm', errorCode });
    expect(await timesSent('POST', answer, { catalog: ondemand })).toBeGreaterThan(1);
  });
});

test('a GET with a 400, 401, 404 or 422 is sent once, also with a Retry-After', async () => {
  for (const status of [400, 401, 404, 422]) {
    const answer = { status, headers: { 'retry-after': '1' } } as Answer;
    expect([status, await timesSent('GET', answer)]).toEqual([status, 1]);
  }
});

test('a hint of 50 ms is waited for, and not a whole backoff', async () => {
  const clock = virtualClock();
  const answer = { status: 503, headers: { 'retry-after-ms': '50' } } as Answer;
  const server = scriptedFetch([answer, answer, answer, 200], { clock });
  await clock.run(resilientFetch(server, { clock, random: () => 0.99 })(ADDRESS));
  expect(server.calls).toHaveLength(4);
  expect(server.calls[3]!.at).toBeLessThanOrEqual(300);
});
