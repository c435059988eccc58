import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { classify, type Failure } from '../../src/classify/classify.ts';
import { cleanText } from '../../src/classify/clean-text.ts';
import type { Classification } from '../../src/core/classification.ts';
import { NetworkError, UnexpectedError } from '../../src/core/errors.ts';
import { HttpError } from '../../src/http/http-error.ts';
import { hostileTexts } from './hostile-texts.ts';

const TEXTS = hostileTexts(1_000);
const KEY = 'https://api.example.com';

/** A secret counts as shown where a good part of it is. */
const shows = (printed: string, secret: string) =>
  printed.includes(secret) ||
  printed.includes(secret.slice(-10)) ||
  printed.includes(secret.slice(0, 14));

/** Control characters, bidirectional marks and line breaks; a stack has line feeds of its own. */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

const FAILURES: readonly (readonly [string, (text: string) => Failure])[] = [
  ['the message of a body', (text) => ({ status: 400, body: { message: text } })],
  ['the code of a body', (text) => ({ status: 429, body: { code: text, message: 'no' } })],
  ['the code of an error object', (text) => ({ status: 500, body: { error: { code: text } } })],
  ['a text', (text) => ({ status: 503, body: text })],
  [
    'an XML message',
    (text) => ({ status: 400, body: `<E><Code>x</Code><Message>${text}</Message></E>` }),
  ],
  [
    'a header',
    (text) => ({ status: 500, headers: { 'x-error-message': text, 'x-error-code': text } }),
  ],
  ['a pushback', (text) => ({ status: 503, headers: { 'grpc-retry-pushback-ms': text } })],
  ['a thrown message', (text) => ({ error: new TypeError(text) })],
  [
    'a thrown code',
    (text) => ({ error: Object.assign(new Error('x'), { code: text, name: text }) }),
  ],
  [
    'a gRPC error',
    (text) => ({ error: Object.assign(new Error('x'), { code: 14, details: text }) }),
  ],
  ['a text that was thrown', (text) => ({ error: text })],
  [
    "an SDK's error",
    (text) => ({ error: Object.assign(new Error(text), { status: 401, code: text }) }),
  ],
];

function errorsOf(classification: Classification, text: string): readonly Error[] {
  const request = { headers: { authorization: text }, url: text };
  const cause = Object.assign(new Error(text), { request, config: request });
  const details = { key: KEY, attempts: [], classification, cause };
  return [
    new HttpError(classification.status ?? 500, undefined, details),
    new NetworkError(details),
    new UnexpectedError(details),
  ];
}

describe.each(FAILURES)('a thousand hostile errors, in %s', (_where, failureOf) => {
  const classified = TEXTS.map(({ text, secret }) => ({
    secret,
    text,
    classification: classify(failureOf(text)),
  }));

  test('no classification shows a secret or a control character', () => {
    const shown = classified.filter(({ classification, secret }) => {
      const { message = '', errorCode = '', rule } = classification;
      return [message, errorCode, rule].some((said) => shows(said, secret) || UNSAFE.test(said));
    });
    expect(shown).toEqual([]);
  });

  test('no text is longer than 300 characters', () => {
    const lengths = classified.map(({ classification: { message = '', errorCode = '' } }) => [
      message.length,
      errorCode.length,
    ]);
    expect(Math.max(...lengths.flat())).toBeLessThanOrEqual(300);
  });
});

test('of a thousand errors none shows one in its message, as JSON or in a log, with its cause', () => {
  const shown: string[] = [];
  TEXTS.forEach(({ text, secret }, index) => {
    const failureOf = (FAILURES[index % FAILURES.length] as (typeof FAILURES)[number])[1];
    const [error] = errorsOf(classify(failureOf(text)), text).slice(index % 3) as [Error];
    const printed = [
      error.message,
      JSON.stringify(error),
      inspect(error),
      inspect({ error }, { depth: 5 }),
      inspect(new Error('the job failed', { cause: error })),
      // As Node prints an error that nobody caught.
      inspect(error, { customInspect: false }),
    ];
    const isBad = (one: string) => shows(one, secret) || UNSAFE.test(one.replaceAll('\n', ' '));
    if (printed.some(isBad) || UNSAFE.test(error.message)) shown.push(text);
  });
  expect(shown).toEqual([]);
});

describe('an error of holdfast', () => {
  const cause = new RangeError('inner');
  const details = { key: KEY, attempts: [], classification: classify({ status: 503 }), cause };
  const error = new HttpError(503, undefined, details);

  test('still has its cause, which a log shows by its name', () => {
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain('cause');
    expect(inspect(error)).toContain("cause: 'RangeError'");
    expect(inspect(error)).not.toContain('inner');
  });

  test('shows in a log what its JSON has, and where it was made', () => {
    expect(inspect(error)).toContain('answered 503');
    expect(inspect(error)).toContain("kind: 'http'");
    expect(inspect(error)).toContain("rule: 'status 503 alone'");
    expect(inspect(error)).toContain('hostile-logs.test.ts');
  });
});

describe('a cleaned text', () => {
  test.each([
    ['Disk encryption is not configured for task-management', undefined],
    ['Rate limit reached for gpt-4o in organization org-1', undefined],
    ['Invalid token at position 5', undefined],
    ['The key is required', undefined],
    ['Basic authentication is required', undefined],
    ['Missing Authorization header', undefined],
    ['The bearer of bad news', undefined],
    ['Is this right?', undefined],
    ['naïve — “quoted”, 日本語', undefined],
    ['two\r\nlines\tand a tab', 'two lines and a tab'],
    ['https://u:p@example.com/a?b=c#d', 'https://example.com/a'],
    ['Incorrect API key provided: sk-abc***xyz.', 'Incorrect API key provided: [redacted]'],
    ['Authorization: Bearer abc.def', 'Authorization: [redacted]'],
    ['\u0000\u0007', undefined],
  ])('%j', (text, cleaned) => {
    // Without a second text: what is harmless stays as it is; of control characters nothing remains.
    const expected = cleaned ?? (text.startsWith('\u0000') ? undefined : text);
    expect(cleanText(text)?.trim() || undefined).toBe(expected);
  });

  test('ends at 300 characters, between two of them', () => {
    expect(cleanText('é'.repeat(500))).toBe(`${'é'.repeat(299)}…`);
    expect(cleanText(`${'a'.repeat(298)}😀b`)).toBe(`${'a'.repeat(298)}…`);
  });
});
