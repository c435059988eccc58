import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { watchAnswer } from '../../../src/http/usage/watched-answer.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A body that counts how many of its chunks were asked for, and knows why it was given up. */
function bodyOf(chunks: readonly Uint8Array[], end: 'closes' | 'breaks' = 'closes') {
  const seen = { asked: 0, cancelledBecause: undefined as unknown };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.asked];
        seen.asked += 1;
        if (chunk !== undefined) controller.enqueue(chunk);
        else if (end === 'closes') controller.close();
        else controller.error(new Error('broke off'));
      },
      cancel(reason) {
        seen.cancelledBecause = reason;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

function watched(
  body: ReadableStream<Uint8Array>,
  contentType: string,
  init: ResponseInit = {},
): { response: Response; messages: unknown[]; ends: () => number } {
  const messages: unknown[] = [];
  let ends = 0;
  const given = new Response(body, { ...init, headers: { 'content-type': contentType } });
  const response = watchAnswer(given, {
    message: (json) => void messages.push(json),
    end: () => void (ends += 1),
  }) as Response;
  return { response, messages, ends: () => ends };
}

const SSE = 'text/event-stream; charset=utf-8';

describe('an answer whose usage is read on its way', () => {
  test('gives the JSON of a body, once it has ended', async () => {
    const { body } = bodyOf([bytesOf('{"usage":{"total'), bytesOf('_tokens":7}}')]);
    const { response, messages, ends } = watched(body, 'application/json');
    expect([messages, ends()]).toEqual([[], 0]);
    expect(await response.json()).toEqual({ usage: { total_tokens: 7 } });
    expect([messages, ends()]).toEqual([[{ usage: { total_tokens: 7 } }], 1]);
  });

  test('gives the JSON of each event of a stream, and of each line', async () => {
    const events = bodyOf([
      bytesOf('data: {"a":1}\n\nda'),
      bytesOf('ta: {"a":2}\n\ndata: [DONE]\n\n'),
    ]);
    const stream = watched(events.body, SSE);
    await stream.response.text();
    expect([stream.messages, stream.ends()]).toEqual([[{ a: 1 }, { a: 2 }], 1]);
    const lines = watched(bodyOf([bytesOf('{"a":1}\n{"a":2}\n')]).body, 'application/x-ndjson');
    await lines.response.text();
    expect(lines.messages).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test('gives each item of a stream that is one JSON array', async () => {
    const { response, messages } = watched(
      bodyOf([bytesOf('[{"a":1}\n,'), bytesOf('{"a":2}]')]).body,
      'application/json',
    );
    await response.text();
    expect(messages).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test('finds the usage at the end of an answer that is too long to be kept', async () => {
    const long = `{"data":[${'0.123456,'.repeat(60_000)}0],"usage":{"prompt_tokens":8,"details":{"cached":0},"total_tokens":8}}`;
    const bytes = bytesOf(long);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, index) =>
      bytes.slice(1000 * index, 1000 * (index + 1)),
    );
    const { response, messages } = watched(bodyOf(chunks).body, 'application/json');
    expect(await response.text()).toBe(long);
    expect(messages).toEqual([
      { usage: { prompt_tokens: 8, details: { cached: 0 }, total_tokens: 8 } },
    ]);
  });

  test('is byte for byte and chunk for chunk what the server sent', async () => {
    const chunk = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc
        .constantFrom(
          'data: {"a":"é😀"}\r\n\r\n',
          '\uFEFF',
          ': ping\n\n',
          '\r',
          '\n',
          'data: [DONE]\n\n',
        )
        .map(bytesOf),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 20 }),
        fc.constantFrom(SSE, 'application/json', 'application/x-ndjson'),
        async (chunks, type) => {
          const copies = chunks.map((one) => one.slice());
          const { response, ends } = watched(bodyOf(copies).body, type);
          const got: Uint8Array[] = [];
          for await (const one of response.body as unknown as AsyncIterable<Uint8Array>)
            got.push(one);
          expect(got.map(String)).toEqual(chunks.map(String));
          expect(ends()).toBe(1);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('asks for nothing before the caller does', async () => {
    const { body, seen } = bodyOf([bytesOf('data: 1\n\n'), bytesOf('data: 2\n\n')]);
    const { response } = watched(body, SSE);
    const reader = response.body?.getReader();
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.asked).toBe(0);
    await reader?.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.asked).toBe(1);
  });

  test('is given up where the caller gives it up, and ends for the limit too', async () => {
    const { body, seen } = bodyOf([bytesOf('data: 1\n\n'), bytesOf('data: 2\n\n')]);
    const { response, ends } = watched(body, SSE);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel('enough');
    expect([seen.cancelledBecause, ends()]).toEqual(['enough', 1]);
  });

  test('breaks off with the same error, and ends for the limit too', async () => {
    const { response, messages, ends } = watched(
      bodyOf([bytesOf('data: 1\n\n')], 'breaks').body,
      SSE,
    );
    await expect(response.text()).rejects.toThrow('broke off');
    expect([messages, ends()]).toEqual([[1], 1]);
  });

  test('keeps its status and headers', async () => {
    const { response } = watched(bodyOf([bytesOf('{}')]).body, 'application/json', {
      status: 201,
      statusText: 'Made',
    });
    expect([response.status, response.statusText, response.headers.get('content-type')]).toEqual([
      201,
      'Made',
      'application/json',
    ]);
    const copy = response.clone();
    expect(await Promise.all([response.text(), copy.text()])).toEqual(['{}', '{}']);
  });

  test('of bytes can be read into a buffer of the reader’s, as before', async () => {
    const body = new ReadableStream({
      type: 'bytes',
      start(controller) {
        controller.enqueue(new Uint8Array(bytesOf('data: {"a":1}\n\n')));
        controller.close();
      },
    });
    const { response, messages } = watched(body, SSE);
    const reader = response.body?.getReader({ mode: 'byob' });
    const first = await reader?.read(new Uint8Array(6));
    expect(new TextDecoder().decode(first?.value)).toBe('data: ');
    expect(messages).toEqual([{ a: 1 }]);
    await reader?.cancel();
  });

  test('ends once where it is given up while it is waited for', async () => {
    const { response, ends } = watched(new ReadableStream<Uint8Array>(), SSE);
    const reader = response.body?.getReader();
    const reading = reader?.read();
    await reader?.cancel();
    await reading;
    expect(ends()).toBe(1);
  });

  test('is of the class of the fetch that it comes from', () => {
    class OwnResponse extends Response {}
    const given = new OwnResponse('{}', { headers: { 'content-type': 'application/json' } });
    expect(watchAnswer(given, { message: () => {}, end: () => {} })).toBeInstanceOf(OwnResponse);
  });

  test('is looked at by several on one way', async () => {
    const told: string[] = [];
    const listener = (name: string) => ({
      message: (json: unknown) => void told.push(`${name} ${JSON.stringify(json)}`),
      end: (how: string) => void told.push(`${name} ${how}`),
    });
    const given = new Response('{"a":1}', { headers: { 'content-type': 'application/json' } });
    const once = watchAnswer(given, listener('first'));
    expect(watchAnswer(once, listener('second'))).toBe(once);
    expect(await (once as Response).json()).toEqual({ a: 1 });
    expect(told).toEqual(['first {"a":1}', 'first whole', 'second {"a":1}', 'second whole']);
  });

  test('is the very same where there is nothing to read', () => {
    const page = watched(bodyOf([bytesOf('<html>')]).body, 'text/html');
    expect(page.ends()).toBe(1);
    const empty = new Response(null, { status: 204 });
    let ends = 0;
    expect(watchAnswer(empty, { message: () => {}, end: () => void (ends += 1) })).toBe(empty);
    expect(ends).toBe(1);
  });
});
