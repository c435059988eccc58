import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  asMiddleware,
  circuitBreaker,
  pipeline,
  resilientFetch,
  retry,
  timeout,
  tokenBucket,
  type Fetch,
} from '../../src/index.ts';
import { faultyServer, type FaultyServer } from '../../src/testing.ts';

let server: FaultyServer;
beforeAll(async () => {
  server = await faultyServer();
});
afterAll(() => server.close());

const QUICK = { baseDelayMs: 0 };
const hanging = () => new Promise<Response>(() => {});
const opened = () => {
  const breaker = circuitBreaker();
  breaker.forceOpen(new URL(server.refusedUrl).origin);
  return breaker;
};
const failing = async (): Promise<Response> => {
  await new Promise((resolve) => setTimeout(resolve, 2));
  throw new TypeError('fetch failed');
};

// Node writes `at async myBusinessFunction`; Jest leaves the `async` out.
async function myBusinessFunction(fetch: Fetch, init?: RequestInit): Promise<number> {
  const response = await fetch(server.refusedUrl, init);
  return response.status;
}

const stackOf = async (fetch: Fetch, init?: RequestInit): Promise<string | undefined> => {
  try {
    await myBusinessFunction(fetch, init);
    return undefined;
  } catch (error) {
    return (error as Error).stack;
  }
};

const everyLayer = () =>
  pipeline(
    timeout({ timeoutMs: 60_000 }),
    retry(QUICK),
    tokenBucket(),
    circuitBreaker(),
    timeout({ timeoutMs: 30_000 }),
  );

describe.each<[string, () => RequestInit | undefined]>([
  ['without a signal', () => undefined],
  ['with a signal', () => ({ signal: new AbortController().signal })],
])('the stack of a failed call names its caller, %s', (_how, init) => {
  test.each<[string, () => Fetch]>([
    [
      'fetch by itself',
      () =>
        (...request) =>
          globalThis.fetch(...request),
    ],
    ['the standard stack', () => resilientFetch(undefined, { retry: QUICK })],
    ['the standard stack without retries', () => resilientFetch(undefined, { retry: false })],
    ['a pipeline', () => asMiddleware(everyLayer())((...request) => globalThis.fetch(...request))],
    ['a fetch of one’s own', () => resilientFetch(failing, { retry: QUICK })],
    ['a wrapped fetch within one', () => resilientFetch(resilientFetch(failing), { retry: QUICK })],
    ['a refusal', () => resilientFetch(undefined, { circuitBreaker: opened() })],
    [
      'an attempt that timed out',
      () => resilientFetch(hanging, { attemptTimeoutMs: 9, retry: false }),
    ],
    ['a call that timed out', () => resilientFetch(hanging, { totalTimeoutMs: 9 })],
  ])('of %s', async (_what, make) => {
    expect(await stackOf(make(), init())).toMatch(/ at (?:async )?myBusinessFunction /);
  });
});

test('the stack of a failed execute names its caller', async () => {
  const policy = everyLayer();
  async function myOtherFunction(): Promise<void> {
    await policy.execute(async () => {
      await Promise.resolve();
      throw new Error('no luck');
    });
  }
  const error = await myOtherFunction().catch((thrown: unknown) => thrown);
  expect((error as Error).stack).toMatch(/ at (?:async )?myOtherFunction /);
});
