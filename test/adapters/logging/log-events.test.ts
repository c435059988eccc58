import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import pino from 'pino';
import winston from 'winston';
import { controlOf, resilientFetch, type EventListener } from '../../../src/index.ts';
import { logEvents } from '../../../src/logging.ts';
import { scriptedFetch } from '../../../src/testing.ts';
import { CALL, EVENTS, ROWS } from '../events-of-each-type.ts';

/** A stream, and the lines that were written to it. */
function linesOf() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(...String(chunk).trimEnd().split('\n'));
      done();
    },
  });
  const objects = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { stream, lines, objects };
}

const SECRET = 'sk-secret-4711';

/** One call that fails once, with secrets in every place. */
async function callWith(onEvent: EventListener): Promise<void> {
  const denied = () =>
    Response.json(
      { errorCode: 'db_down', message: `the key ${SECRET} is wrong` },
      { status: 503, headers: { 'x-debug': SECRET } },
    );
  const fetch = resilientFetch(scriptedFetch([denied, 200]), {
    onEvent,
    retry: { baseDelayMs: 1 },
  });
  await fetch(`https://api.example.com/users/42?token=${SECRET}`, {
    headers: { authorization: `Bearer ${SECRET}` },
  });
}

describe('logEvents writes one line an event, correlated by the id of the call', () => {
  test('for pino: the fields, and the sentence as the message', async () => {
    const { stream, lines, objects } = linesOf();
    await callWith(logEvents(pino({ level: 'debug' }, stream)));
    expect(objects().map(({ level, msg }) => [level, msg])).toEqual([
      [
        30,
        expect.stringMatching(
          /^api\.example\.com GET \/users\/:id: attempt 1 ended with 503 db_down after \d+ ms$/,
        ),
      ],
      [30, expect.stringMatching(/: attempt 2 follows in \d+ ms, after 503 db_down$/)],
      [20, expect.stringMatching(/: attempt 2 succeeded after \d+ ms$/)],
    ]);
    const [first] = objects();
    expect(first).toMatchObject({
      event: 'attempt-ended',
      callId: expect.any(String),
      key: 'https://api.example.com',
      method: 'GET',
      attempt: 1,
      category: 'retryable',
      errorCode: 'db_down',
      status: 503,
    });
    expect(new Set(objects().map(({ callId }) => callId)).size).toBe(1);
    expect(lines.join('')).not.toContain(SECRET);
  });

  test('for winston: the sentence, and the fields beside it', async () => {
    const { stream, lines, objects } = linesOf();
    const logger = winston.createLogger({
      level: 'debug',
      format: winston.format.json(),
      transports: [new winston.transports.Stream({ stream })],
    });
    await callWith(logEvents(logger));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(objects().map(({ level, message }) => [level, message])).toEqual([
      ['info', expect.stringMatching(/: attempt 1 ended with 503 db_down after \d+ ms$/)],
      ['info', expect.stringMatching(/: attempt 2 follows in \d+ ms, after 503 db_down$/)],
      ['debug', expect.stringMatching(/: attempt 2 succeeded after \d+ ms$/)],
    ]);
    expect(objects()[0]).toMatchObject({ event: 'attempt-ended', status: 503, attempt: 1 });
    expect(lines.join('')).not.toContain(SECRET);
  });

  test('for console: one text with the id of the call', async () => {
    const { stream, lines } = linesOf();
    const { Console } = await import('node:console');
    await callWith(logEvents(new Console(stream)));
    expect(lines).toEqual([
      expect.stringMatching(
        /^api\.example\.com GET \/users\/:id: attempt 1 ended with 503 db_down after \d+ ms callId=\S+ category=retryable$/,
      ),
      expect.stringMatching(
        /attempt 2 follows in \d+ ms, after 503 db_down callId=\S+ category=retryable$/,
      ),
      expect.stringMatching(/attempt 2 succeeded after \d+ ms callId=\S+ category=success$/),
    ]);
    expect(lines.join('')).not.toContain(SECRET);
  });

  test('for any other logger: the sentence, and the fields beside it', () => {
    const written: unknown[][] = [];
    const method =
      (level: string) =>
      (...values: unknown[]) =>
        void written.push([level, ...values]);
    const logger = {
      debug: method('debug'),
      info: method('info'),
      warn: method('warn'),
      error: method('error'),
    };
    const listener = logEvents(logger);
    for (const event of EVENTS) listener(event);
    expect(written.map(([level, message]) => [message, level])).toEqual(
      ROWS.map(([sentence, level]) => [
        `payments.example.com POST /charges/:id: ${sentence}`,
        level,
      ]),
    );
    for (const [, , fields] of written) {
      expect(fields).toMatchObject({ callId: CALL.callId, key: CALL.key, route: CALL.route });
      expect(Object.values(fields as object).every((value) => typeof value !== 'object')).toBe(
        true,
      );
    }
  });

  test('to one that hears of a fetch that is made already', async () => {
    const { stream, objects } = linesOf();
    const fetch = resilientFetch(scriptedFetch([200]));
    controlOf(fetch).subscribe(logEvents(pino({ level: 'debug' }, stream)));
    await fetch('https://api.example.com/');
    expect(objects()).toHaveLength(1);
  });
});

describe('logEvents', () => {
  const methods = (log: (...values: unknown[]) => unknown) => ({
    debug: log,
    info: log,
    warn: log,
    error: log,
  });

  test('changes no call where the logger throws, or rejects', async () => {
    const throwing = logEvents(
      methods(() => {
        throw new Error('the disk is full');
      }),
    );
    const rejecting = logEvents(methods(() => Promise.reject(new Error('the disk is full'))));
    await callWith(throwing);
    await callWith(rejecting);
    expect(() => EVENTS.forEach(throwing)).not.toThrow();
  });

  test('makes nothing of an event whose level the logger does not take', () => {
    const { stream, lines } = linesOf();
    const listener = logEvents(pino({ level: 'error' }, stream));
    for (const event of EVENTS) listener(event);
    expect(lines).toHaveLength(ROWS.filter(([, level]) => level === 'error').length);
  });

  test('takes levels of your own, and leaves out what has none', () => {
    const { stream, objects } = linesOf();
    const listener = logEvents(pino(stream), {
      level: ({ type }) => (type === 'refused' ? 'error' : false),
    });
    for (const event of EVENTS) listener(event);
    const refusals = EVENTS.filter(({ type }) => type === 'refused');
    expect(objects().map(({ level, event }) => [level, event])).toEqual(
      refusals.map(() => [50, 'refused']),
    );
  });

  test('takes another style than the one that it tells', () => {
    const written: unknown[][] = [];
    const listener = logEvents(
      methods((...values) => void written.push(values)),
      { style: 'fields-first' },
    );
    listener(EVENTS[0]!);
    expect(written[0]).toEqual([
      expect.objectContaining({ event: 'attempt-ended' }),
      expect.any(String),
    ]);
  });

  test('refuses what is no logger, and options that cannot work', () => {
    expect(() => logEvents({ info() {} } as never)).toThrow(
      'logEvents.logger must be an object with debug(), info(), warn(), error(), but it is an object',
    );
    expect(() => logEvents(console, { style: 'loud' as never })).toThrow('logEvents.style');
    expect(() => logEvents(console, { colour: true } as never)).toThrow('logEvents.colour');
  });
});
