import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { classify, circuitBreaker, pipeline, protect, resilientFetch, retry } from 'holdfast';
import type { Fetch, Policy, ResilientFetchOptions } from 'holdfast';
import { SILENCE, cannedServer, heldStream } from './canned-server.ts';
import type { Answer, CannedServer, WireRequest } from './canned-server.ts';
import { describeError, outcomeOf } from './outcome.ts';
import type { Outcome } from './outcome.ts';

/** What an SDK's client is built on. */
export interface Ground {
  /** The address of the server. */
  readonly url: string;
  /** The platform's fetch, or a resilient one. */
  readonly fetch: Fetch;
  /** For an SDK that takes no fetch: its method as it is, or under a policy. */
  readonly protect: <Run extends (...input: never[]) => PromiseLike<unknown>>(run: Run) => Run;
}

/** How the scenarios use one SDK, its own retries off. */
export interface SdkUnderTest {
  /** The package. */
  readonly name: string;
  /** One use of the SDK; gives what the SDK gives, throws what the SDK throws. */
  readonly call: (ground: Ground, signal?: AbortSignal) => Promise<unknown>;
  readonly success: { readonly answer: Answer; readonly value: unknown };
  /** An answer that no repetition betters, and by what the SDK's own error is known. */
  readonly fatal: {
    readonly answer: Answer;
    readonly error: { readonly class: unknown; readonly [field: string]: unknown };
  };
  /** By what the SDK's error for an abort is known; left out where the SDK takes no signal. */
  readonly abort?: { readonly class: unknown; readonly [field: string]: unknown };
  /** An answer that the SDK hands on piece by piece; left out where it does not stream. */
  readonly stream?: {
    readonly read: (ground: Ground) => AsyncIterable<string>;
    readonly headers: Readonly<Record<string, string>>;
    readonly pieces: readonly string[];
    readonly value: string;
  };
  /** What this API's users are told to give to `resilientFetch`. */
  readonly options?: ResilientFetchOptions;
  /** Headers that differ between two uses of the SDK (a random key, a time). */
  readonly changingHeaders?: readonly string[];
  /** Fields of its errors that differ between two uses (a duration, a random id). */
  readonly changingFields?: readonly string[];
}

// In a shape that every SDK takes for an error: Stripe's looks for `error`, whatever the status.
// With `Retry-After`, which shows that nothing was done: most of these requests are POSTs.
const UNAVAILABLE = {
  status: 503,
  headers: { 'retry-after': '0' },
  body: { message: 'Try again later', error: { type: 'api_error', message: 'Try again later' } },
};
const RETRIES = 2;
const FAST = { maxRetries: RETRIES, baseDelayMs: 5 } as const;

/** Runs every scenario against a real server, with the real SDK. */
export function provesDropIn(sdk: SdkUnderTest): void {
  describe(`${sdk.name} on holdfast`, () => {
    let server: CannedServer;
    let plain: Ground;
    let resilient: Ground;
    beforeAll(async () => {
      server = await cannedServer();
    });
    afterAll(async () => server[Symbol.asyncDispose]());

    // Each scenario has its own bucket and breaker.
    const prepare = (...answers: readonly Answer[]): void => {
      server.answer(...answers);
      plain = { url: server.url, fetch: globalThis.fetch, protect: (run) => run };
      resilient = {
        url: server.url,
        fetch: resilientFetch(globalThis.fetch, { retry: FAST, ...sdk.options }),
        protect: protectWith(pipeline(retry(FAST))),
      };
    };

    test('sends, and gives, what it does with plain fetch', async () => {
      prepare(sdk.success.answer);
      expect(await outcomeOf(sdk.call(plain))).toEqual({ value: sdk.success.value });
      const [expected] = server.requests;
      prepare(sdk.success.answer);
      expect(await outcomeOf(sdk.call(resilient))).toEqual({ value: sdk.success.value });
      expect(server.requests.map(withoutChanging)).toEqual([expected].map(withoutChanging));
    });

    test('asks once with its own retries off', async () => {
      prepare(UNAVAILABLE);
      expect(await outcomeOf(sdk.call(plain))).toHaveProperty('error');
      expect(server.requests).toHaveLength(1);
    });

    test('gives its success after a 503, the same request twice on the wire', async () => {
      prepare(UNAVAILABLE, sdk.success.answer);
      expect(await outcomeOf(sdk.call(resilient))).toEqual({ value: sdk.success.value });
      expect(server.requests).toHaveLength(2);
      expectSameRequests(server.requests);
    });

    test('gives its success after a 429, not before Retry-After has passed', async () => {
      const throttled = { ...UNAVAILABLE, status: 429, headers: { 'retry-after': '1' } };
      prepare(throttled, sdk.success.answer);
      expect(await outcomeOf(sdk.call(resilient))).toEqual({ value: sdk.success.value });
      expect(server.requests).toHaveLength(2);
      expectSameRequests(server.requests);
      const [first, second] = server.requests;
      expect(second!.at - first!.at).toBeGreaterThanOrEqual(1000);
    });

    test('gives its own error for a fatal answer, once and untouched', async () => {
      prepare(sdk.fatal.answer);
      const expected = await outcomeOf(sdk.call(plain));
      prepare(sdk.fatal.answer);
      const outcome = await outcomeOf(sdk.call(resilient));
      expect(server.requests).toHaveLength(1);
      expectError(outcome, sdk.fatal.error);
      expect(compared(outcome)).toEqual(compared(expected));
    });

    test('gives its own error for the last 503 when retries are used up', async () => {
      prepare(UNAVAILABLE);
      const expected = await outcomeOf(sdk.call(plain));
      prepare(UNAVAILABLE);
      const outcome = await outcomeOf(sdk.call(resilient));
      expect(server.requests).toHaveLength(1 + RETRIES);
      expect(outcome).toHaveProperty('error');
      expect(compared(outcome)).toEqual(compared(expected));
    });

    test('sends nothing past an open circuit, and its error still tells so', async () => {
      prepare(sdk.success.answer);
      const breaker = circuitBreaker();
      breaker.forceOpen(server.url);
      breaker.forceOpen();
      const fetch = resilientFetch(globalThis.fetch, { ...sdk.options, circuitBreaker: breaker });
      const refused = { url: server.url, fetch, protect: protectWith(breaker) };
      const outcome = await outcomeOf(sdk.call(refused));
      expect(server.requests).toHaveLength(0);
      expect(outcome).toHaveProperty('error');
      const { error } = outcome as { error: unknown };
      expect(classify({ error })).toMatchObject({ decidedBy: 'policy', unprocessed: true });
    });

    const { abort, stream } = sdk;
    if (abort) {
      test('gives its own error for an abort mid-flight, and sends nothing more', async () => {
        prepare(SILENCE);
        const expected = await abortedWhen(server.received(1), (signal) => sdk.call(plain, signal));
        prepare(SILENCE);
        const outcome = await abortedWhen(server.received(1), (signal) =>
          sdk.call(resilient, signal),
        );
        expectError(outcome, abort);
        expect(compared(outcome)).toEqual(compared(expected));
        await aWhile(50);
        expect(server.requests).toHaveLength(1);
      });

      test('gives its own error for an abort between two attempts, and sends nothing more', async () => {
        prepare({ ...UNAVAILABLE, headers: { 'retry-after-ms': '80' } }, sdk.success.answer);
        const inTheWait = server.received(1).then(() => aWhile(30));
        const outcome = await abortedWhen(inTheWait, (signal) => sdk.call(resilient, signal));
        expectError(outcome, abort);
        await aWhile(120);
        expect(server.requests).toHaveLength(1);
      });
    }

    if (stream) {
      test('reads a stream piece by piece, after a 503 and past the attempt timeout', async () => {
        const attemptTimeoutMs = 500;
        const held = heldStream(stream.pieces, stream.headers);
        prepare(UNAVAILABLE, held.answer);
        const fetch = resilientFetch(globalThis.fetch, {
          retry: FAST,
          attemptTimeoutMs,
          ...sdk.options,
        });
        let text = '';
        for await (const piece of stream.read({ ...resilient, fetch })) {
          if (text === '') {
            expect(held.isEnded()).toBe(false);
            await aWhile(attemptTimeoutMs + 100);
            held.release();
          }
          text += piece;
        }
        expect(text).toBe(stream.value);
        expect(server.requests).toHaveLength(2);
        expectSameRequests(server.requests);
      });

      test('breaks off the request when its reader leaves a stream, where it does with plain fetch', async () => {
        const isBrokenOff: boolean[] = [];
        for (const name of ['plain', 'resilient'] as const) {
          const held = heldStream(stream.pieces, stream.headers);
          prepare(held.answer);
          for await (const _ of stream.read({ plain, resilient }[name])) break;
          const waited = aWhile(1000).then(() => false);
          isBrokenOff.push(await Promise.race([held.closed.then(() => true), waited]));
          held.release();
        }
        expect(isBrokenOff).toEqual([isBrokenOff[0], isBrokenOff[0]]);
      });
    }

    function withoutChanging(request: WireRequest | undefined): unknown {
      const { method, target, headers, body } = request!;
      const changing = sdk.changingHeaders ?? [];
      const kept = headers.filter(([name]) => !changing.includes(name.toLowerCase()));
      return { method, target, headers: kept, body };
    }

    /** The error of an outcome, in what must not differ. */
    function compared(outcome: Outcome): unknown {
      const text = JSON.stringify(describeError(outcome), (name, value: unknown) =>
        sdk.changingFields?.includes(name) ? '…' : value,
      );
      return JSON.parse(text);
    }
  });
}

const protectWith =
  (policy: Policy): Ground['protect'] =>
  (run) =>
    protect(policy, run);

const aWhile = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function abortedWhen(
  moment: Promise<void>,
  use: (signal: AbortSignal) => Promise<unknown>,
): Promise<Outcome> {
  const controller = new AbortController();
  const outcome = outcomeOf(use(controller.signal));
  await Promise.race([moment, outcome]);
  controller.abort();
  return outcome;
}

/** The repetition is the first request, header for header and byte for byte. */
function expectSameRequests(requests: readonly WireRequest[]): void {
  const [first, ...others] = requests.map(({ at: _, ...rest }) => rest);
  for (const other of others) expect(other).toEqual(first);
}

function expectError(
  outcome: Outcome,
  { class: expectedClass, ...fields }: { readonly class: unknown },
): void {
  expect(outcome).toHaveProperty('error');
  const { error } = outcome as { error: object };
  expect(error.constructor).toBe(expectedClass);
  expect(error).toMatchObject(fields);
}
