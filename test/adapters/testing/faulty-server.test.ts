import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  ONDEMAND_ERRORS,
  ONDEMAND_ERROR_CODES,
  RETRY_AFTER_FORMS,
  faultyServer,
  ondemandFault,
  type Fault,
  type FaultyServer,
} from '../../../src/testing.ts';

let server: FaultyServer;
beforeEach(async () => {
  server = await faultyServer();
});
afterEach(() => server.close());

const PLUGINS = '/plugin/v1/list';
const get = (path = PLUGINS, init?: RequestInit) => fetch(server.url + path, init);

/** The code of the system or of undici behind a failed fetch. */
async function failureOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
  } catch (error) {
    const { message, cause } = error as { message: string; cause?: { code?: string } };
    return cause?.code ?? message;
  }
  return undefined;
}

describe('a healthy server', () => {
  test.each([
    ['GET', '/media/v1/public/file', 200],
    ['POST', '/media/v1/public/file', 201],
    ['GET', '/plugin/v1/list', 200],
    ['POST', '/chat/v1/sessions', 201],
    ['GET', '/chat/v1/sessions', 200],
    ['POST', '/chat/v1/sessions/session-1/query', 200],
    ['GET', '/chat/v1/sessions/session-1/messages', 200],
    ['POST', '/execute/speech_to_text', 200],
    ['POST', '/execute/text_to_speech', 200],
    ['POST', '/services/v1/public/service/execute/language_translation', 200],
  ])('answers %s %s with %i and data', async (method, path, status) => {
    const response = await get(path, { method, ...(method === 'POST' && { body: '{}' }) });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      message: expect.any(String),
      data: expect.anything(),
    });
  });

  test('streams a chat answer where the query asks for it', async () => {
    const response = await get('/chat/v1/sessions/session-1/query', {
      method: 'POST',
      body: JSON.stringify({ query: 'Where is the harbour?', responseMode: 'stream' }),
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toMatch(/^data: \{.*\}\n\n[^]*data: \[DONE\]\n\n$/);
  });

  test('knows what it does not have, and which methods it allows', async () => {
    const missing = await get('/nothing/here');
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { message: 'There is nothing at /nothing/here', errorCode: 'not_found' },
    ]);
    const wrong = await get(PLUGINS, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
    expect(await wrong.json()).toMatchObject({ errorCode: 'method_not_allowed' });
    expect((await get(PLUGINS, { method: 'HEAD' })).status).toBe(200);
  });
});

describe('errors', () => {
  test.each(ONDEMAND_ERROR_CODES)('%s comes in both envelopes', async (errorCode) => {
    const { status, message } = ONDEMAND_ERRORS[errorCode];
    server.play([ondemandFault(errorCode), ondemandFault(errorCode, { envelope: 'nested' })]);
    const flat = await get();
    expect([flat.status, await flat.json()]).toEqual([status, { message, errorCode }]);
    const nested = await get();
    expect([nested.status, await nested.json()]).toEqual([
      status,
      { error: { message, errorCode } },
    ]);
    expect((await get()).status).toBe(200);
  });

  test.each(RETRY_AFTER_FORMS)(
    'say when to come back in %s, never sooner than asked',
    async (form) => {
      const retryAfter = { form, ms: 1_500 };
      server.play(ondemandFault('rate_limit_exceeded', { retryAfter }));
      const before = Date.now();
      const { headers } = await get();
      const value = headers.get(form === 'retry-after-ms' ? form : 'retry-after')!;
      const patterns = {
        seconds: /^2$/,
        'float-seconds': /^1\.500$/,
        'retry-after-ms': /^1500$/,
        'imf-fixdate': /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
        rfc850: /^\w+day, \d{2}-\w{3}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
        asctime: /^\w{3} \w{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
      };
      expect(value).toMatch(patterns[form]);
      if (/\w{3} /.test(value)) {
        const date = Date.parse(form === 'asctime' ? `${value} GMT` : value);
        expect(date).toBeGreaterThanOrEqual(before + 1_500);
        expect(date).toBeLessThanOrEqual(Date.now() + 2_500);
      }
    },
  );

  test('may carry a megabyte, other headers, and a status of any kind', async () => {
    server.play([
      ondemandFault('resource_unavailable', { paddedToBytes: 2 ** 20 }),
      { kind: 'error', status: 529, headers: { 'x-should-retry': 'true' } },
      {
        kind: 'answer',
        status: 502,
        headers: { 'content-type': 'text/html' },
        body: '<h1>Bad</h1>',
      },
    ]);
    const big = await get();
    const text = await big.text();
    expect(text.length).toBeGreaterThanOrEqual(2 ** 20);
    expect(JSON.parse(text)).toMatchObject({ errorCode: 'resource_unavailable' });
    const unusual = await get();
    expect([unusual.status, unusual.headers.get('x-should-retry')]).toEqual([529, 'true']);
    const page = await get();
    expect([page.status, await page.text()]).toEqual([502, '<h1>Bad</h1>']);
  });
});

describe('connections', () => {
  test('are reset before the headers', async () => {
    server.play({ kind: 'reset', when: 'before-headers' });
    expect(await failureOf(get())).toBe('ECONNRESET');
  });

  test('are reset in the middle of the body', async () => {
    server.play({ kind: 'reset', when: 'mid-body' });
    const response = await get();
    expect(response.status).toBe(200);
    expect(await failureOf(response.text())).toBe('ECONNRESET');
  });

  test.each(['content-length', 'chunked'] as const)(
    'end before the body does, with %s framing',
    async (framing) => {
      server.play({ kind: 'truncated-body', framing });
      const response = await get();
      expect(response.headers.has('content-length')).toBe(framing === 'content-length');
      expect(await failureOf(response.text())).toBe('UND_ERR_SOCKET');
    },
  );

  test('are refused at refusedUrl for as long as the server lives', async () => {
    expect(await failureOf(fetch(server.refusedUrl))).toBe('ECONNREFUSED');
    expect(await failureOf(fetch(server.refusedUrl))).toBe('ECONNREFUSED');
  });

  test('may carry something that is no HTTP', async () => {
    server.play({ kind: 'not-http' });
    // Its code, HPE_…, is gone from Node 24 on.
    await expect(get()).rejects.toMatchObject({ cause: { name: 'HTTPParserError' } });
  });
});

describe('slowness', () => {
  test('before the headers takes as long as told, then the proper answer comes', async () => {
    server.play({ kind: 'slow-headers', delayMs: 60 });
    const startedAt = performance.now();
    const response = await get();
    expect(response.status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(58);
  });

  test('before the headers may end in another fault', async () => {
    server.play({
      kind: 'slow-headers',
      delayMs: 10,
      next: ondemandFault('plugin_execution_timeout'),
    });
    expect((await get()).status).toBe(504);
  });

  test('of the body comes after quick headers, and the body is whole', async () => {
    server.play({ kind: 'slow-body', pieces: 4, everyMs: 25 });
    const startedAt = performance.now();
    const response = await get();
    const headersMs = performance.now() - startedAt;
    expect(await response.json()).toHaveProperty('data');
    expect(performance.now() - startedAt).toBeGreaterThan(headersMs + 50);
  });

  test('without end is ended by the caller alone', async () => {
    server.play({ kind: 'never-answers' });
    const call = get(PLUGINS, { signal: AbortSignal.timeout(50) });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(server.requests[0]).toMatchObject({
      status: undefined,
      fault: { kind: 'never-answers' },
    });
  });
});

describe('plans', () => {
  const statuses = async (paths: readonly string[]) => {
    const seen: number[] = [];
    for (const path of paths) {
      const response = await get(path);
      await response.arrayBuffer();
      seen.push(response.status);
    }
    return seen;
  };

  test('hold for a path, as many times as told, one after the other', async () => {
    server.play([ondemandFault('bad_gateway'), { kind: 'none' }], { path: PLUGINS, times: 2 });
    server.play(ondemandFault('not_found'), { path: '/media' });
    const media = '/media/v1/public/file';
    const seen = await statuses([PLUGINS, media, PLUGINS, PLUGINS, PLUGINS, media, PLUGINS]);
    expect(seen).toEqual([502, 404, 200, 502, 200, 200, 200]);
  });

  test('give way to an outage, and wait until it is over', async () => {
    server.play(ondemandFault('bad_gateway'));
    server.startOutage();
    expect(await statuses([PLUGINS, PLUGINS])).toEqual([503, 503]);
    server.endOutage();
    expect(await statuses([PLUGINS, PLUGINS])).toEqual([502, 200]);
  });

  test('give way to what the request itself asks for', async () => {
    server.startOutage();
    const asked = `${PLUGINS}?fault=rate_limit_exceeded,after=3000,envelope=nested`;
    const response = await get(asked);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
    expect(await response.json()).toHaveProperty('error.errorCode', 'rate_limit_exceeded');
    const byHeader = await get(PLUGINS, { headers: { 'x-fault': 'unauthenticated' } });
    expect(byHeader.status).toBe(401);
    const twice = `${PLUGINS}?fault=503,times=2`;
    expect(await statuses([twice, twice, twice])).toEqual([503, 503, 200]);
  });

  test('that a request spells wrongly are explained', async () => {
    const response = await get(`${PLUGINS}?fault=reset,wen=now`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('reset has no setting "wen"');
  });

  test('are forgotten by clear', async () => {
    server.play(ondemandFault('bad_gateway'));
    server.startOutage();
    server.limitRate({ ratePerSecond: 1, burst: 0 });
    server.clear();
    expect(await statuses([PLUGINS])).toEqual([200]);
    expect(server.counts.requests).toBe(1);
  });
});

describe('the rate limit', () => {
  test('lets a burst through, refuses the rest, and says when the next token is there', async () => {
    server.limitRate({ ratePerSecond: 10, burst: 3, retryAfter: 'retry-after-ms' });
    const responses = await Promise.all(Array.from({ length: 5 }, () => get()));
    const refused = responses.filter(({ status }) => status === 429);
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(refused).toHaveLength(2);
    const waitMs = Math.max(...refused.map(({ headers }) => Number(headers.get('retry-after-ms'))));
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(100);
    await new Promise((resolve) => setTimeout(resolve, waitMs + 2));
    expect((await get()).status).toBe(200);
  });

  test('may keep to itself when the next token is there', async () => {
    server.limitRate({ ratePerSecond: 1, burst: 0, retryAfter: 'none' });
    const response = await get();
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, null]);
  });
});

describe('counting', () => {
  test('records what came, with bodies by idempotency key', async () => {
    const post = (body: string, key: string) =>
      get('/chat/v1/sessions?x=1', { method: 'POST', body, headers: { 'Idempotency-Key': key } });
    await (await post('one', 'a')).arrayBuffer();
    await (await post('one', 'a')).arrayBuffer();
    await (await post('two', 'b')).arrayBuffer();
    expect(server.requests[0]).toMatchObject({
      number: 1,
      method: 'POST',
      path: '/chat/v1/sessions',
      target: '/chat/v1/sessions?x=1',
      headers: { 'idempotency-key': 'a' },
      connection: 1,
      fault: { kind: 'none' },
      status: 201,
    });
    const bodies = [...server.bodiesByIdempotencyKey].map(([key, all]) => [
      key,
      all.map((bytes) => new TextDecoder().decode(bytes)),
    ]);
    expect(bodies).toEqual([
      ['a', ['one', 'one']],
      ['b', ['two']],
    ]);
  });

  test('sees one connection where calls follow each other, and how many were at once', async () => {
    for (let call = 0; call < 3; call += 1) {
      await (await get()).arrayBuffer();
      // undici hands a connection back one turn after the body has ended.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(server.counts).toMatchObject({ requests: 3, connectionsOpened: 1, maxInFlight: 1 });
    server.play(Array.from({ length: 5 }, (): Fault => ({ kind: 'slow-headers', delayMs: 40 })));
    await Promise.all(Array.from({ length: 5 }, () => get()));
    expect(server.counts).toMatchObject({ requests: 8, maxInFlight: 5, inFlight: 0 });
  });
});

describe('the end', () => {
  test('leaves no connection, timer or listening port', async () => {
    const faults: Fault[] = [
      { kind: 'never-answers' },
      { kind: 'slow-headers', delayMs: 60_000 },
      { kind: 'slow-body', pieces: 10, everyMs: 60_000 },
    ];
    server.play(faults);
    const calls = faults.map(() => failureOf(get().then((response) => response.text())));
    while (server.counts.inFlight < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.close();
    for (const failure of await Promise.all(calls)) expect(failure).toBeDefined();
    expect(server.counts).toMatchObject({ connectionsOpen: 0, inFlight: 0 });
    expect(await failureOf(get())).toBe('ECONNREFUSED');
  });

  test('comes with await using, also with a silent connection open', async () => {
    let url = '';
    {
      await using own = await faultyServer();
      url = own.url;
      const silent = connect(Number(new URL(url).port), '127.0.0.1');
      silent.on('error', () => undefined);
      await new Promise((resolve) => silent.on('connect', resolve));
    }
    expect(await failureOf(fetch(url))).toBe('ECONNREFUSED');
  });
});
