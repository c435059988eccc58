import { afterEach, describe, expect, test } from '@jest/globals';
import { hedge, reportOf, resilientFetch } from '../../src/index.ts';
import { eventually, plainServer, type Answer, type PlainServer } from './plain-server.ts';

let server: PlainServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const started = async (answer: Answer): Promise<PlainServer> =>
  (server = await plainServer(answer));

describe('over real sockets', () => {
  test('the slow request is aborted, the body of the other is whole, and its socket is used again', async () => {
    const body = Buffer.alloc(300_000, 'holdfast ');
    const { url, counts } = await started((_request, response, number) => {
      // The first one never answers.
      if (number > 1) response.writeHead(200).end(body);
    });
    const fetch = resilientFetch(undefined, {
      hedge: hedge({ delayMs: 250, maxHedgeRatio: 1 }),
    });
    const response = await fetch(url);
    expect(body.equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
    expect(reportOf(response)?.attempts).toMatchObject([{ hedged: 'first' }, { hedged: 'second' }]);
    expect(await eventually(() => counts.inFlight === 0)).toBe(true);
    const opened = counts.connectionsOpened;
    await (await fetch(url)).arrayBuffer();
    expect([counts.requests, counts.connectionsOpened]).toEqual([3, opened]);
  });

  test('an abort ends both requests', async () => {
    const { url, counts } = await started(() => {});
    const fetch = resilientFetch(undefined, {
      hedge: hedge({ delayMs: 10, maxHedgeRatio: 1 }),
    });
    const caller = new AbortController();
    const called = fetch(url, { signal: caller.signal });
    expect(await eventually(() => counts.inFlight === 2)).toBe(true);
    caller.abort(new Error('enough'));
    await expect(called).rejects.toThrow('enough');
    expect(await eventually(() => counts.inFlight === 0)).toBe(true);
  });
});
