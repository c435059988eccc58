import { afterEach, describe, expect, test } from '@jest/globals';
import { coalesce, compose, resilientFetch, type Fetch } from '../../src/index.ts';
import { eventually, plainServer, type Answer, type PlainServer } from './plain-server.ts';

let server: PlainServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const started = async (answer: Answer): Promise<PlainServer> =>
  (server = await plainServer(answer));
const resilient = (fetch: Fetch): Fetch => resilientFetch(fetch);
const fetch = compose(coalesce(), resilient)(globalThis.fetch);

describe('over real sockets', () => {
  test('1,000 identical GETs are one request and 1,000 identical bodies', async () => {
    const body = Buffer.alloc(50_000, 'holdfast ');
    const { url, counts } = await started((_request, response) => {
      setTimeout(() => response.writeHead(200, { 'x-answer': 'one' }).end(body), 20);
    });
    const responses = await Promise.all(Array.from({ length: 1000 }, () => fetch(`${url}/things`)));
    const bodies = await Promise.all(responses.map((response) => response.arrayBuffer()));
    expect(counts.requests).toBe(1);
    expect(bodies.every((one) => body.equals(Buffer.from(one)))).toBe(true);
    expect(responses.every((one) => one.url === `${url}/things`)).toBe(true);
    expect(await eventually(() => counts.inFlight === 0)).toBe(true);
  });

  test('one abort takes one caller with it, and the last one the request', async () => {
    const { url, counts } = await started((_request, response) => {
      response.writeHead(200).write('the beginning');
    });
    const callers = Array.from({ length: 3 }, () => new AbortController());
    const responses = await Promise.all(callers.map(({ signal }) => fetch(url, { signal })));
    expect(counts.requests).toBe(1);
    const [first, ...others] = responses.map((response) => response.text());
    callers[0]!.abort(new Error('one'));
    await expect(first).rejects.toThrow('one');
    expect(counts.inFlight).toBe(1);
    callers[1]!.abort(new Error('two'));
    callers[2]!.abort(new Error('three'));
    const ends = await Promise.allSettled(others);
    expect(ends.map((end) => end.status === 'rejected' && (end.reason as Error).message)).toEqual([
      'two',
      'three',
    ]);
    expect(await eventually(() => counts.inFlight === 0)).toBe(true);
  });

  test('a reader that never reads holds up the others once, and only its own body ends in an error', async () => {
    const piece = Buffer.alloc(64 * 1024);
    const pieces = 1024;
    let written = 0;
    const { url } = await started((_request, response) => {
      response.writeHead(200);
      const write = (): void => {
        while (written < pieces) {
          written += 1;
          if (!response.write(piece)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
    const small = coalesce({ maxLagBytes: 256 * 1024, maxStallMs: 300 })(globalThis.fetch);
    const [busy, idle] = await Promise.all([small(url), small(url)]);
    const reader = busy!.body!.getReader();
    let bytes = 0;
    const startedAt = performance.now();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
    }
    expect(bytes).toBe(pieces * piece.byteLength);
    expect(performance.now() - startedAt).toBeGreaterThan(290);
    await expect(idle!.text()).rejects.toThrow(/maxStallMs/);
  });
});
