import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { controlOf, reportOf, resilientFetch } from 'holdfast';
import type { Fetch, ResilientFetchOptions } from 'holdfast';
import { estimateTokens, usageLimits, usageOf } from 'holdfast/usage';
import { cannedServer, type Answer, type CannedServer } from './canned-server.ts';
import { describeError } from './outcome.ts';
import type { StreamProtocol } from './stream-answers.ts';

/** What an SDK's client is built on. */
export interface StreamGround {
  readonly url: string;
  readonly fetch: Fetch;
}

/** How the scenarios read a stream with one SDK, its own retries off. */
export interface StreamingSdk {
  /** The package, and what of it. */
  readonly name: string;
  readonly protocol: StreamProtocol;
  /** The pieces of text, as the SDK gives them; throws what the SDK throws. */
  readonly read: (ground: StreamGround) => AsyncIterable<string>;
  /** What this API's users are told to give to `resilientFetch`; its host is this machine here. */
  readonly options: ResilientFetchOptions;
  /**
   * By what its error is known where a stream falls silent, and the name of its class where plain fetch
   * loses the connection.
   */
  readonly silent: {
    readonly class: string;
    readonly lost: string;
    readonly [field: string]: unknown;
  };
  /** Whether it hands on the error events of a stream; some drop them. @defaultValue true */
  readonly showsErrors?: boolean;
  /**
   * Whether it reads a stream to its end, or gives it up, once it has failed: how it ended is known
   * only then. @defaultValue true
   */
  readonly leavesErrors?: boolean;
  /** Fields of its errors that differ between two uses (a time, a random id). */
  readonly changingFields?: readonly string[];
}

/** What was read of a stream, and what ended it. */
interface Reading {
  readonly pieces: readonly string[];
  readonly error: unknown;
}

const IDLE_MS = 600;
const FAST = { maxRetries: 2, baseDelayMs: 5 } as const;
const SSE = { 'content-type': 'text/event-stream; charset=utf-8' };

/** Runs every scenario of streams against a real server, with the real SDK. */
export function provesStreams(sdk: StreamingSdk): void {
  const { events, overloaded, preamble, text, tokens } = sdk.protocol;
  const { showsErrors = true, leavesErrors = true } = sdk;

  describe(`streams of ${sdk.name} on holdfast`, () => {
    let server: CannedServer;
    beforeAll(async () => {
      server = await cannedServer();
    });
    afterAll(async () => server[Symbol.asyncDispose]());

    const plainly = () => read({ url: server.url, fetch: globalThis.fetch });
    const resilient = (options: ResilientFetchOptions = {}) =>
      resilientFetch(globalThis.fetch, { retry: FAST, ...sdk.options, ...options });
    const read = async (ground: StreamGround): Promise<Reading> => {
      const pieces: string[] = [];
      try {
        for await (const piece of sdk.read(ground)) if (piece !== '') pieces.push(piece);
        return { pieces, error: undefined };
      } catch (error) {
        return { pieces, error };
      }
    };

    test('the text is the same as with plain fetch, piece by piece, wherever the chunks are cut', async () => {
      const bytes = Buffer.from(events.join(''));
      for (const size of [1, 7, 1000]) {
        server.answer(inChunks(bytes, size));
        const expected = await plainly();
        expect(expected).toEqual({ pieces: expected.pieces, error: undefined });
        expect(expected.pieces.join('')).toBe(text);
        server.answer(inChunks(bytes, size));
        expect(await read({ url: server.url, fetch: resilient() })).toEqual(expected);
        expect(server.requests).toHaveLength(1);
      }
    });

    const beginnings: readonly (readonly [what: string, before: readonly string[]])[] = [
      ['the first event', []],
      ...(preamble.length > 0 ? [['what follows the preamble', preamble] as const] : []),
    ];
    test.each(beginnings)(
      'an overload as %s heals, and the SDK does not notice',
      async (_, before) => {
        const failing = whole([...before, overloaded]);
        server.answer(failing);
        expect((await plainly()).error !== undefined).toBe(showsErrors);
        server.answer(failing, whole(events));
        const { pieces, error } = await read({ url: server.url, fetch: resilient() });
        expect(error).toBeUndefined();
        expect(pieces.join('')).toBe(text);
        expect(server.requests).toHaveLength(2);
        const [first, second] = server.requests.map(({ at: _at, ...request }) => request);
        expect(second).toEqual(first);
      },
    );

    test('an overload that does not pass is the error that plain fetch gives', async () => {
      const failing = whole([overloaded]);
      server.answer(failing);
      const expected = await plainly();
      server.answer(failing);
      const outcome = await read({ url: server.url, fetch: resilient() });
      expect(server.requests).toHaveLength(1 + FAST.maxRetries);
      expect(compared(outcome)).toEqual(compared(expected));
    });

    test('an error after output has begun is the SDK’s own, and nothing is repeated', async () => {
      const begun = whole([...events.slice(0, 6), overloaded]);
      server.answer(begun);
      const expected = await plainly();
      expect(expected.error !== undefined).toBe(showsErrors);
      server.answer(begun);
      const failures: unknown[] = [];
      const fetch = resilient({
        onEvent: (event) => event.type === 'stream-failed' && failures.push(event.because),
      });
      const outcome = await read({ url: server.url, fetch });
      expect(compared(outcome)).toEqual(compared(expected));
      expect(server.requests).toHaveLength(1);
      expect(failures).toEqual(leavesErrors ? ['error-event'] : []);
    });

    test('a stream that falls silent ends in time, in the SDK’s own way, and leaves no socket', async () => {
      const three = events.slice(0, 3);
      server.answer({ handle: (_request, response) => breakOff(begin(response, three)) });
      const { class: expectedClass, lost, ...fields } = sdk.silent;
      expect(classOf((await plainly()).error)).toBe(lost);

      const sockets: Socket[] = [];
      let silentSince = 0;
      server.answer({
        handle: (request, response) => {
          sockets.push(watched(request));
          begin(response, three);
          silentSince = performance.now();
        },
      });
      const responses: Response[] = [];
      const fetch = resilient();
      const impatient: Fetch = async (input, init) => {
        const response = await fetch(input, {
          ...init,
          holdfast: { streamIdleTimeoutMs: IDLE_MS },
        });
        responses.push(response);
        return response;
      };
      const { error } = await read({ url: server.url, fetch: impatient });
      const tookMs = performance.now() - silentSince;
      expect(classOf(error)).toBe(expectedClass);
      expect(error).toMatchObject(fields);
      expect(tookMs).toBeLessThanOrEqual(1.1 * IDLE_MS);
      expect(tookMs).toBeGreaterThanOrEqual(0.95 * IDLE_MS);
      expect(server.requests).toHaveLength(1);
      expect(reportOf(responses[0])?.attempts[0]?.streamFailure).toMatchObject({
        category: 'retryable',
      });
      await sockets[0]!.closed;
    });

    test('the tokens that it used are settled from its stream', async () => {
      server.answer(whole(events));
      const amount = 100_000;
      const fetch = resilient({
        rateLimit: usageLimits({
          limits: [
            {
              per: 'day',
              tokens: amount,
              cost: estimateTokens,
              settle: usageOf,
              refill: 'rolling',
            },
          ],
        }),
      });
      expect((await read({ url: server.url, fetch })).error).toBeUndefined();
      const [limit] = controlOf(fetch).state(server.url).usage;
      expect(amount - limit!.left).toBe(tokens);
    });

    /** A reading in what must not differ. */
    function compared({ pieces, error }: Reading): unknown {
      const json: string | undefined = JSON.stringify(
        describeError(error),
        (name, value: unknown) => (sdk.changingFields?.includes(name) ? '…' : value),
      );
      return { pieces, error: json && (JSON.parse(json) as unknown) };
    }
  });
}

/** The name of its class: Jest's world has a `TypeError` of its own. */
const classOf = (error: unknown): string | undefined =>
  (error as object | undefined)?.constructor.name;

/** Begins a stream. */
function begin(response: ServerResponse, events: readonly string[]): ServerResponse {
  response.writeHead(200, SSE);
  for (const event of events) response.write(event);
  return response;
}

/** Loses the connection, once what was sent has arrived. */
async function breakOff(response: ServerResponse): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  response.destroy();
}

/** A stream that comes to its end. */
const whole = (events: readonly string[]): Answer => ({
  handle: (_request, response) => begin(response, events).end(),
});

/** The same bytes in chunks of this size. */
const inChunks = (bytes: Buffer, size: number): Answer => ({
  async handle(_request, response) {
    response.writeHead(200, SSE);
    response.socket?.setNoDelay(true);
    for (let at = 0; at < bytes.length; at += size) {
      response.write(bytes.subarray(at, at + size));
      // A turn of the event loop, so that it is a chunk of its own.
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  },
});

interface Socket {
  readonly closed: Promise<void>;
}

/** The connection of a request, which settles once it is closed. */
const watched = ({ socket }: IncomingMessage): Socket => ({
  closed: new Promise((resolve) => socket.once('close', () => resolve())),
});
