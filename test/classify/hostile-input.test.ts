import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { classify } from '../../src/classify/classify.ts';
import { readErrorBody } from '../../src/classify/body/error-body.ts';
import { MAX_TIMER_MS } from '../../src/core/clock.ts';
import type { Classification } from '../../src/core/classification.ts';

const RUNS = 10_000;

const CATEGORIES = ['success', 'retryable', 'throttle', 'fatal'];

function expectClassification(classification: Classification): void {
  expect(CATEGORIES).toContain(classification.category);
  const wait = classification.retryAfterMs;
  if (wait !== undefined) {
    expect(Number.isInteger(wait) && wait >= 0 && wait <= MAX_TIMER_MS).toBe(true);
  }
  for (const text of [classification.errorCode, classification.message]) {
    expect(text === undefined || typeof text === 'string').toBe(true);
  }
  expect(typeof classification.rule).toBe('string');
}

/** Keys and words that mean something, so that arbitrary values reach deep. */
const key = fc.constantFrom(
  'error',
  'errors',
  'code',
  'message',
  'type',
  'status',
  'details',
  'detail',
  'metadata',
  'retry_after',
  'reason',
  'errorCode',
  '__type',
  'title',
  'retryable',
  'retryDelay',
  'extensions',
  'fault',
  'id',
);
const word = fc.oneof(
  fc.constantFrom(
    'rate_limit',
    'Please try again in 5s',
    'error',
    '429',
    '{"error":{"code":"x"}}',
    'a#b',
    '1e999',
    'urn:x',
    'https://a.test/#',
    '9'.repeat(400),
    'wait 99999999999999999999 days',
    '\u0000',
    '\uD800',
  ),
  fc.string(),
);
const errorLike = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    word,
    fc.constantFrom<unknown>(null, true, 0, -1, 429, 1e308, Number.NaN, Number.POSITIVE_INFINITY),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(key, fc.string()), tie('tree'), { maxKeys: 6 }),
  ),
})).tree;

const headerName = fc.constantFrom(
  'retry-after',
  'retry-after-ms',
  'x-ratelimit-reset',
  'x-ratelimit-remaining',
  'ratelimit',
  'x-should-retry',
  'x-amzn-errortype',
  'www-authenticate',
  'grpc-status',
  'grpc-retry-pushback-ms',
  'x-ratelimit-reset-a',
  'x-ratelimit-remaining-a',
  'constructor',
  '__proto__',
);
const headers = fc.oneof(
  fc.dictionary(
    headerName,
    fc.oneof(fc.string(), fc.constantFrom('0', '1e400', '-0', '"a";r=0;t=1')),
  ),
  fc.array(fc.tuple(headerName, fc.string())),
  fc.anything(),
);
const status = fc.oneof(fc.integer({ min: 100, max: 999 }), fc.anything()) as fc.Arbitrary<number>;

describe('input of any kind', () => {
  test(`classify never throws: ${RUNS} arbitrary values`, () => {
    fc.assert(
      fc.property(
        status,
        headers,
        fc.oneof(errorLike, fc.anything({ withBigInt: true, withDate: true, withMap: true })),
        fc.oneof(fc.constant(undefined), fc.integer()),
        (someStatus, someHeaders, body, now) => {
          expectClassification(
            classify({ status: someStatus, headers: someHeaders as never, body }, { now }),
          );
        },
      ),
      { numRuns: RUNS },
    );
  });

  test(`nor on text and bytes: ${RUNS} arbitrary ones`, () => {
    const shell = fc.constantFrom(
      '{',
      '[',
      '"',
      '<',
      '<?xml',
      '<!--',
      '<![CDATA[',
      'data: ',
      'a=',
      '\uFEFF',
    );
    const text = fc.tuple(shell, fc.oneof(word, fc.json(), fc.string({ maxLength: 200 })));
    fc.assert(
      fc.property(
        status,
        fc.oneof(text, fc.uint8Array({ maxLength: 300 })),
        (someStatus, input) => {
          const body = Array.isArray(input) ? input.join('') : input;
          expectClassification(classify({ status: someStatus, body }));
        },
      ),
      { numRuns: RUNS },
    );
  });

  test('the classification on a parsed body is that on its text', () => {
    fc.assert(
      fc.property(errorLike, (body) => {
        const text = JSON.stringify(body);
        const parsed: unknown = JSON.parse(text);
        if (typeof parsed !== 'object' || parsed === null) return;
        expect(readErrorBody(text)).toEqual(readErrorBody(parsed));
      }),
      { numRuns: 1_000 },
    );
  });

  const cyclic: Record<string, unknown> = { code: 'rate_limited' };
  cyclic.error = cyclic;
  cyclic.errors = [cyclic, { error: cyclic }];
  const throwing = {
    get error(): never {
      throw new Error('no');
    },
    code: 'rate_limited',
  };
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('get');
      },
      ownKeys() {
        throw new Error('ownKeys');
      },
      has() {
        throw new Error('has');
      },
      getPrototypeOf() {
        throw new Error('getPrototypeOf');
      },
    },
  );
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  test.each([
    ['a cycle', cyclic],
    ['a getter that throws', throwing],
    ['a hostile proxy', hostile],
    ['a revoked proxy', revoked.proxy],
    ['a proxy inside', { error: hostile, code: 'rate_limited' }],
    ['a function', () => {}],
    ['a symbol', Symbol('x')],
    ['a bigint', 1n],
    ['a null prototype', Object.assign(Object.create(null), { code: 'rate_limited' })],
    ['100,000 arrays in each other', JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)],
    ['100,000 brackets', '['.repeat(100_000)],
  ])('%s', (_name, value) => {
    const input = value as never;
    expectClassification(classify({ status: 400, body: input }));
    expectClassification(classify({ status: 200, body: input }));
    expectClassification(classify({ status: 429, headers: input }));
    expectClassification(classify({ status: input }));
    expectClassification(classify({ error: input }));
    expectClassification(classify(input));
    expectClassification(classify({ status: 429 }, input));
  });

  test('what stands beside a hostile part is still read', () => {
    expect(classify({ status: 400, body: throwing })).toMatchObject({ errorCode: 'rate_limited' });
    expect(classify({ status: 400, body: cyclic })).toMatchObject({ errorCode: 'rate_limited' });
  });
});

describe('time', () => {
  /** Texts that make careless patterns backtrack or careless loops start over. */
  const nasty: readonly (readonly [string, (size: number) => string])[] = [
    ['spaces', (size) => ' '.repeat(size)],
    ['quotes', (size) => `{${'"'.repeat(size)}`],
    ['open strings', (size) => `{"a":"${'"error":"'.repeat(size / 9)}`],
    ['backslashes', (size) => `{"message":"${'\\'.repeat(size)}`],
    ['open tags', (size) => '<a '.repeat(size / 3)],
    ['tags', (size) => '<a>'.repeat(size / 3)],
    ['attributes', (size) => `<a ${'b='.repeat(size / 2)}>`],
    ['comments', (size) => '<!--'.repeat(size / 4)],
    ['CDATA', (size) => '<![CDATA['.repeat(size / 9)],
    ['tags before CDATA', (size) => '<a><![CDATA['.repeat(size / 12)],
    ['attributes without values', (size) => `<a${' b'.repeat(size / 2)}>`],
    ['names', (size) => `<${'a'.repeat(size)}`],
    ['entities', (size) => `<Error><Code>${'&#'.repeat(size / 2)}</Code></Error>`],
    ['titles', (size) => `<html>${'<title'.repeat(size / 6)}`],
    ['events', (size) => 'data: {"a":1}\n'.repeat(size / 14)],
    ['one long event', (size) => `event: ${'erro'.repeat(size / 4)}`],
    ['named events', (size) => 'event: x\n'.repeat(size / 9)],
    ['form', (size) => 'a=b&'.repeat(size / 4)],
    [
      'waits',
      (size) => JSON.stringify({ message: 'wait again in again after '.repeat(size / 26) }),
    ],
    ['digits', (size) => JSON.stringify({ message: `retry after ${'1'.repeat(size)}` })],
    [
      'capitals',
      (size) => JSON.stringify({ code: 'aB'.repeat(size / 2), message: 'aB'.repeat(size / 2) }),
    ],
    ['keys', (size) => `{${Array.from({ length: size / 10 }, (_, at) => `"k${at}":1`).join(',')}}`],
    ['items', (size) => `{"errors":[${'{"code":1},'.repeat(size / 11)}{}]}`],
    ['depth', (size) => `${'{"error":'.repeat(size / 10)}1${'}'.repeat(size / 10)}`],
  ];

  test.each(nasty)('64 KiB of %s take linear time', (_name, make) => {
    const time = (size: number) => {
      const body = make(size);
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 5; round += 1) {
        const started = performance.now();
        classify({ status: 429, body });
        best = Math.min(best, performance.now() - started);
      }
      return best;
    };
    time(1_024);
    // 8 times the input: 8 times the time, not 64. The margins are for a busy machine, and for the
    // growth of the parser of JSON itself; what is quadratic takes seconds here.
    expect(time(64 * 1_024)).toBeLessThan(Math.max(time(8 * 1_024) * 24, 50));
  });

  test('what comes after 64 KiB costs nothing more', () => {
    const body = `{"code":"rate_limited","x":"${'x'.repeat(10_000_000)}"}`;
    const started = performance.now();
    expect(classify({ status: 400, body })).toMatchObject({ category: 'throttle' });
    expect(performance.now() - started).toBeLessThan(100);
  });
});
