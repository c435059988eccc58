import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import winston from 'winston';
import { resilientFetch, type ResilienceEvent } from '../../../src/index.ts';
import { logEvents } from '../../../src/logging.ts';
import { scriptedFetch, virtualClock, type ScriptedStep } from '../../../src/testing.ts';
import { classify } from '../../../src/classify/classify.ts';
import { elementsOf } from '../../../src/cli/doctor/log/array-elements.ts';
import { linesOf } from '../../../src/cli/doctor/log/lines.ts';
import type { LogEntry, LoggedAttempt } from '../../../src/cli/doctor/log/logged-attempt.ts';
import { readLog } from '../../../src/cli/doctor/log/read-log.ts';

/** A text in pieces of this many bytes. */
async function* inPieces(text: string, size = 13): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* textPieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function listOf<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function read(text: string): Promise<{ format: string; entries: readonly LogEntry[] }> {
  const { format, entries } = await readLog(inPieces(text));
  return { format, entries: await listOf(entries) };
}

const onlyAttempt = async (text: string): Promise<LoggedAttempt> => {
  const { entries } = await read(text);
  const attempts = entries.filter((entry) => typeof entry === 'object');
  expect(attempts).toHaveLength(1);
  return attempts[0]!;
};

const classified = async (text: string) => classify((await onlyAttempt(text)).outcome);

describe('a HAR', () => {
  const entry = (response: object, rest: object = {}) => ({
    startedDateTime: '2026-01-01T12:00:00.000Z',
    time: 350,
    timings: { blocked: 1, send: 1, wait: 298, receive: 50 },
    request: {
      method: 'post',
      url: 'https://api.openai.com/v1/responses?x=1',
      headers: [{ name: 'Authorization', value: 'Bearer s' }],
    },
    response: { headers: [], content: {}, ...response },
    ...rest,
  });
  const har = (...entries: object[]) =>
    JSON.stringify({ log: { version: '1.2', pages: [{ entries: [{}] }], entries } });

  test('gives request, answer, moment, and the time until the headers', async () => {
    const text = har(
      entry({
        status: 429,
        headers: [{ name: 'Retry-After', value: '2' }],
        content: { text: '{"error":{"code":"rate_limit_exceeded"}}' },
      }),
    );
    expect((await read(text)).format).toBe('HAR');
    expect(await onlyAttempt(text)).toMatchObject({
      method: 'POST',
      url: 'https://api.openai.com/v1/responses?x=1',
      startedAt: Date.UTC(2026, 0, 1, 12),
      durationMs: 300,
    });
    expect(await classified(text)).toMatchObject({
      category: 'throttle',
      errorCode: 'rate_limit_exceeded',
      retryAfterMs: 2_000,
    });
  });

  test('has bodies in base64 as well', async () => {
    const body = Buffer.from('{"errorCode":"server_error","message":"x"}').toString('base64');
    const content = { text: body, encoding: 'base64' };
    expect(await classified(har(entry({ status: 500, content })))).toMatchObject({
      errorCode: 'server_error',
    });
  });

  test('has no answer where the network failed, and a browser says why', async () => {
    const refused = entry({ status: 0, _error: 'net::ERR_CONNECTION_REFUSED' });
    expect(await classified(har(refused))).toMatchObject({
      category: 'retryable',
      errorCode: 'ECONNREFUSED',
      unprocessed: true,
    });
    const blocked = entry({ status: 0, _error: 'net::ERR_BLOCKED_BY_CLIENT' });
    expect((await read(har(blocked))).entries).toEqual(['other']);
  });

  test('with entries that are no entries goes on after them', async () => {
    const { entries } = await read(har({}, entry({ status: 503 }), { request: 1, response: 2 }));
    expect(entries.map((one) => (typeof one === 'object' ? 'request' : one))).toEqual([
      'broken',
      'request',
      'broken',
    ]);
  });

  test('that breaks off gives what was whole, and tells of the rest', async () => {
    const whole = har(entry({ status: 503 }), entry({ status: 500 }));
    const { entries } = await read(whole.slice(0, -60));
    expect(entries).toEqual([expect.objectContaining({ method: 'POST' }), 'broken']);
  });
});

describe('the elements of an array in a JSON document', () => {
  test('are found wherever the pieces end, whatever stands around them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.integer({ min: 1, max: 40 }),
        async (entries, other, size) => {
          const document = JSON.stringify({ log: { ...other, entries } }, null, size % 3);
          const found = await listOf(elementsOf(textPieces(document, size), ['log', 'entries']));
          expect(found.map((text) => JSON.parse(text ?? ''))).toEqual(
            JSON.parse(JSON.stringify(entries)),
          );
          const list = JSON.stringify(entries);
          const listed = await listOf(elementsOf(textPieces(list, size), []));
          expect(listed).toHaveLength(entries.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('lines', () => {
  test('are those of the text, wherever the pieces end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string().map((text) => text.replaceAll(/[\r\n]/g, ''))),
        fc.integer({ min: 1, max: 9 }),
        async (lines, size) => {
          const text = lines.map((line) => `${line}\r\n`).join('');
          expect(await listOf(linesOf(textPieces(text, size)))).toEqual(lines);
        },
      ),
    );
  });

  test('that are longer than memory should hold are left out, and the next one is read', async () => {
    async function* long(): AsyncGenerator<string> {
      yield 'a\n';
      for (let piece = 0; piece < 90; piece += 1) yield 'x'.repeat(65_536);
      yield '\nb';
    }
    expect(await listOf(linesOf(long()))).toEqual(['a', undefined, 'b']);
  });
});

describe('what curl -v prints', () => {
  const exchange = (status: number, body: string) => [
    '*   Trying 1.2.3.4:443...',
    '* Connected to api.stripe.com (1.2.3.4) port 443 (#0)',
    '* ALPN: server accepted h2',
    '> POST /v1/charges HTTP/2',
    '> Host: api.stripe.com',
    '> Authorization: Bearer s3cret',
    '> ',
    `< HTTP/2 ${status} `,
    '< content-type: application/json',
    '< ',
    '{ [10 bytes data]',
    `${body}* Connection #0 to host api.stripe.com left intact`,
  ];

  test('is one exchange after the other, each with its request', async () => {
    const log = [
      ...exchange(500, '{"error":{"type":"api_error"}}'),
      ...exchange(200, '{"id":1}'),
      '* connect to 1.2.3.4 port 444 failed: Connection refused',
      'curl: (7) Failed to connect to api.example.com port 444 after 3 ms',
      ...exchange(429, '{}'),
    ].join('\n');
    const { format, entries } = await read(log);
    expect(format).toBe('curl');
    const told = entries.map((one) => {
      if (typeof one !== 'object') return one;
      const { category, errorCode, status } = classify(one.outcome);
      return [one.method, one.url, status, errorCode, category];
    });
    const charges = ['POST', 'https://api.stripe.com/v1/charges'];
    expect(told).toEqual([
      [...charges, 500, 'api_error', 'retryable'],
      [...charges, undefined, undefined, 'success'],
      ['GET', 'https://api.example.com:444/', undefined, 'ECONNREFUSED', 'retryable'],
      [...charges, 429, undefined, 'throttle'],
    ]);
  });

  test('with --trace-time is the same', async () => {
    const log = exchange(503, '{}')
      .map((line) => (/^[*<>{]/.test(line) ? `12:00:00.123456 ${line}` : line))
      .join('\n');
    expect((await read(log)).format).toBe('curl');
    expect(await onlyAttempt(log)).toMatchObject({ url: 'https://api.stripe.com/v1/charges' });
  });

  test('knows https of a connection that is used again', async () => {
    const again = exchange(503, '{}').map((line) =>
      line.startsWith('* ALPN') ? '* Re-using existing https: connection with host x' : line,
    );
    expect(await onlyAttempt(again.join('\n'))).toMatchObject({
      url: 'https://api.stripe.com/v1/charges',
    });
  });
});

test('what curl -i prints is one response', async () => {
  const text = 'HTTP/1.1 503 Busy\r\nRetry-After: 4\r\n\r\n{"a":1}';
  expect((await read(text)).format).toBe('HTTP response');
  expect(await classified(text)).toMatchObject({ status: 503, retryAfterMs: 4_000 });
});

describe('a line of JSON', () => {
  test('has the documented fields', async () => {
    const line = {
      time: '2026-01-01T12:00:01.000Z',
      durationMs: 250,
      method: 'PUT',
      url: 'https://api.example.com/a',
      status: 503,
      headers: { 'retry-after': '2' },
      body: { errorCode: 'resource_unavailable' },
    };
    expect(await onlyAttempt(JSON.stringify(line))).toMatchObject({
      method: 'PUT',
      url: 'https://api.example.com/a',
      startedAt: Date.UTC(2026, 0, 1, 12, 0, 0, 750),
      durationMs: 250,
    });
    expect(await classified(JSON.stringify(line))).toMatchObject({
      errorCode: 'resource_unavailable',
      retryAfterMs: 2_000,
    });
  });

  test.each<[string, object, object]>([
    ['status as text', { status: '429' }, { category: 'throttle' }],
    ['a response within', { response: { status: 502, data: 'x' } }, { status: 502 }],
    ['an error by its code', { error: { code: 'ECONNRESET' } }, { errorCode: 'ECONNRESET' }],
    ['an error as text', { error: 'read ECONNRESET' }, { errorCode: 'ECONNRESET' }],
    [
      'an error beside the level',
      { level: 'error', code: 'ETIMEDOUT' },
      { errorCode: 'ETIMEDOUT' },
    ],
    [
      "an SDK's error that carries the answer",
      { err: { type: 'APIError', status: 503, headers: { 'retry-after': '4' } } },
      { status: 503, retryAfterMs: 4_000 },
    ],
    [
      'an error of axios with its response',
      {
        error: {
          name: 'AxiosError',
          code: 'ERR_BAD_RESPONSE',
          response: { status: 500, data: { errorCode: 'server_error' } },
        },
      },
      { status: 500, errorCode: 'server_error' },
    ],
  ])('has %s', async (_what, line, expected) => {
    expect(await classified(JSON.stringify(line))).toMatchObject(expected);
  });

  test.each<[object, number]>([
    [{ time: 1_767_268_800 }, Date.UTC(2026, 0, 1, 12)],
    [{ time: 1_767_268_800_000 }, Date.UTC(2026, 0, 1, 12)],
    [{ ts: 1_767_268_800_000_000 }, Date.UTC(2026, 0, 1, 12)],
    [{ '@timestamp': '2026-01-01T12:00:00Z' }, Date.UTC(2026, 0, 1, 12)],
  ])('has its time in %j', async (time, at) => {
    expect(await onlyAttempt(JSON.stringify({ status: 503, ...time }))).toMatchObject({
      startedAt: at,
    });
  });

  test("may stand behind a collector's words", async () => {
    expect(await classified('api-1  | 2026-01-01T00:00:00Z {"status":503}')).toMatchObject({
      status: 503,
    });
  });

  test('of something else is no failure, and what is no JSON is broken', async () => {
    const { entries } = await read(
      [
        '{"level":30,"name":"api","msg":"started","code":"EUR"}',
        'npm warn something',
        '{"status":',
        '[1]',
        '',
        '{"status":503}',
      ].join('\n'),
    );
    expect(entries.map((one) => (typeof one === 'object' ? 'request' : one))).toEqual([
      'other',
      'broken',
      'broken',
      'broken',
      'other',
      'request',
    ]);
  });

  test('may stand in an array', async () => {
    const { format, entries } = await read('[\n {"status":503},\n {"status":429}\n]');
    expect(format).toBe('JSON array');
    expect(entries).toHaveLength(2);
  });

  test('may be anything: reading it never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.json(), fc.string())), async (lines) => {
        const { entries } = await readLog(inPieces(lines.join('\n'), 7));
        await listOf(entries);
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.constantFrom('error', 'err', 'res', 'req', 'time', 'url', 'status', 'stack'),
          fc.jsonValue(),
        ),
        async (record) => {
          const { entries } = await readLog(inPieces(JSON.stringify(record)));
          for await (const entry of entries) if (typeof entry === 'object') classify(entry.outcome);
        },
      ),
    );
  });
});

const refused = () =>
  Object.assign(new TypeError('fetch failed'), {
    cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:81'), {
      code: 'ECONNREFUSED',
    }),
  });

/** What was written to a stream that a logger is given. */
function collector(): { readonly stream: Writable; readonly written: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stream, written: () => text };
}

describe("holdfast's own events", () => {
  /** The lines that pino writes of calls with these failures. */
  async function linesOfCalls(script: readonly ScriptedStep[]): Promise<string> {
    const { stream, written } = collector();
    const clock = virtualClock();
    const fetch = resilientFetch(scriptedFetch(script, { clock }), {
      clock,
      attemptTimeoutMs: 500,
      retry: { maxRetries: 0 },
      onEvent: logEvents(pino({ level: 'debug' }, stream)),
    });
    await clock.run(fetch('https://api.example.com/users/42').catch(() => {}));
    return written();
  }

  /** The one line that tells of the end of an attempt. */
  const endIn = (lines: string): string =>
    lines.split('\n').find((line) => line.includes('"event":"attempt-ended"')) ?? '';

  const dbDown = () => Response.json({ errorCode: 'db_down', message: 'no' }, { status: 503 });

  test('are read as attempts where one ended, and no other event is counted beside it', async () => {
    const lines = await linesOfCalls([dbDown]);
    const { entries } = await read(lines);
    expect(entries).toEqual([
      expect.objectContaining({
        method: 'GET',
        url: 'https://api.example.com/users/:id',
        durationMs: expect.any(Number),
      }),
      'other',
    ]);
    expect(await classified(lines)).toMatchObject({ status: 503, errorCode: 'db_down' });
  });

  test.each<[string, ScriptedStep, object]>([
    ['a success', 200, { category: 'success' }],
    [
      'a refused connection',
      () => {
        throw refused();
      },
      { category: 'retryable', errorCode: 'ECONNREFUSED', unprocessed: true },
    ],
    ['a time-out', 'hangs', { category: 'retryable', decidedBy: 'network' }],
    ['a throttle', 429, { category: 'throttle', status: 429 }],
  ])('of %s are classified as it was', async (_what, step, expected) => {
    expect(await classified(endIn(await linesOfCalls([step])))).toMatchObject(expected);
  });

  test('are read as well where the whole event was written as JSON', async () => {
    const events: ResilienceEvent[] = [];
    const fetch = resilientFetch(
      scriptedFetch([{ status: 429, headers: { 'retry-after': '2' } }]),
      { retry: { maxRetries: 0 }, onEvent: (event) => events.push(event) },
    );
    await fetch('https://api.example.com/users/42');
    const line = JSON.stringify(events.find(({ type }) => type === 'attempt-ended'));
    expect(await classified(line)).toMatchObject({ category: 'throttle', retryAfterMs: 2_000 });
  });
});

describe('the lines that loggers write', () => {
  test("pino: an error's causes are found in its stack, request and answer by their serializers", async () => {
    const { stream, written } = collector();
    const logger = pino({ name: 'api' }, stream);
    logger.error(refused(), 'call failed');
    expect(await classified(written())).toMatchObject({
      errorCode: 'ECONNREFUSED',
      unprocessed: true,
    });
    const other = collector();
    pino(other.stream).warn({
      req: { method: 'POST', url: '/v1/things', headers: { host: 'api.example.com' } },
      res: { statusCode: 429, headers: { 'retry-after': '3' } },
      responseTime: 12,
    });
    expect(await onlyAttempt(other.written())).toMatchObject({
      method: 'POST',
      url: 'https://api.example.com/v1/things',
      durationMs: 12,
    });
    expect(await classified(other.written())).toMatchObject({ retryAfterMs: 3_000 });
  });

  test('winston: an error is spread beside the level', async () => {
    const { stream, written } = collector();
    const logger = winston.createLogger({
      format: winston.format.combine(
        winston.format.timestamp(),
        winston.format.errors({ stack: true }),
        winston.format.json(),
      ),
      transports: [new winston.transports.Stream({ stream })],
    });
    logger.error(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await classified(written())).toMatchObject({ errorCode: 'ECONNRESET' });
  });
});
