import { describe, expect, test } from '@jest/globals';
import { allCatalogs } from '../../../src/catalogs/by-host.ts';
import { stripe } from '../../../src/catalogs/stripe.ts';
import { defineCatalog } from '../../../src/classify/catalog/catalog.ts';
import { classify, type Failure } from '../../../src/classify/classify.ts';
import {
  CAUSE_FIELDS,
  CODE_FIELDS,
  HINT_FIELDS,
  MESSAGE_FIELDS,
} from '../../../src/classify/headers/server-hints.ts';
import {
  CODE_WORD_REASONS,
  CODE_WORD_SOURCES,
  REFUSING_WORD_REASONS,
  REFUSING_WORD_SOURCES,
} from '../../../src/classify/reasons/code-words.ts';
import { HEADER_REASONS } from '../../../src/classify/reasons/headers.ts';
import {
  MESSAGE_PHRASE_REASONS,
  MESSAGE_PHRASE_SOURCES,
} from '../../../src/classify/reasons/message-phrases.ts';
import { EXPLICIT_WAIT_FIELDS } from '../../../src/classify/wait/wait-hint.ts';
import { CODE_WORDS, REFUSING_WORDS } from '../../../src/classify/words/code-words.ts';
import { MESSAGE_PHRASES } from '../../../src/classify/words/message-phrases.ts';
import { phraseFinder, phrasesOf, wordsOf } from '../../../src/classify/words/phrases.ts';
import { explain } from '../../../src/explain.ts';
import { judgeRow, readRows } from '../labelled-rows.ts';

describe.each([
  ['codes', CODE_WORDS, CODE_WORD_REASONS, CODE_WORD_SOURCES],
  ['refusing codes', REFUSING_WORDS, REFUSING_WORD_REASONS, REFUSING_WORD_SOURCES],
  ['messages', MESSAGE_PHRASES, MESSAGE_PHRASE_REASONS, MESSAGE_PHRASE_SOURCES],
])('the phrases of %s', (_name, table, reasons, sources) => {
  const phrases = table.flatMap(([, row]) => phrasesOf(row));

  test('have a reason for each row', () => {
    expect(reasons).toHaveLength(table.length);
    expect(reasons.filter((reason) => reason.length < 20)).toEqual([]);
  });

  test('have a source each, and no source without a phrase', () => {
    expect(Object.keys(sources).toSorted()).toEqual(phrases.toSorted());
  });

  test('occur in the example that their source gives', () => {
    const wrong = Object.entries(sources).filter(([phrase, source]) => {
      const [, example = ''] = /^[^:]+: (.+)$/.exec(source) ?? [];
      return phraseFinder([['found', phrase]])(wordsOf(example)) === undefined;
    });
    expect(wrong).toEqual([]);
  });
});

test('every header field that is read has a reason and a source', () => {
  const fields = [
    ...HINT_FIELDS,
    ...CODE_FIELDS.map(([field]) => field),
    ...CAUSE_FIELDS,
    ...MESSAGE_FIELDS,
    ...EXPLICIT_WAIT_FIELDS,
  ];
  const unexplained = fields.filter((field) => HEADER_REASONS[field] === undefined);
  expect(unexplained).toEqual([]);
  expect(fields.filter((field) => field !== field.toLowerCase())).toEqual([]);
});

describe('explain', () => {
  test.each(['api-errors.jsonl', 'more-api-errors.jsonl'])(
    'gives a reason and a source for each row of %s, with catalogs and without',
    (file) => {
      const rows = readRows(file);
      const rules = rows
        .flatMap((row) => [judgeRow(row), judgeRow(row, allCatalogs)])
        .map(({ classification }) => classification)
        .filter((classification) => explain(classification)?.source === undefined)
        .map(({ rule }) => rule);
      expect(rules).toEqual([]);
    },
  );

  test.each<[string, Failure, { reason: RegExp; source: RegExp }]>([
    [
      'a hint',
      { status: 400, headers: { 'x-should-retry': 'true' } },
      { reason: /outright/, source: /Stainless/ },
    ],
    [
      'a forbidding pushback',
      { status: 503, headers: { 'grpc-retry-pushback-ms': '-1' } },
      { reason: /forbids/, source: /A6/ },
    ],
    [
      'the member of a body',
      { status: 400, body: { message: 'm', retryable: true } },
      { reason: /outright/, source: /retryable/ },
    ],
    [
      'a code',
      { status: 400, body: { code: 'ThrottlingException' } },
      { reason: /too many requests/, source: /: / },
    ],
    [
      'a message',
      { status: 403, body: 'You exceeded a secondary rate limit.' },
      { reason: /rate limiting/, source: /: / },
    ],
    [
      'a challenge',
      { status: 403, headers: { 'cf-mitigated': 'challenge' } },
      { reason: /person/, source: /Cloudflare/ },
    ],
    [
      'an empty bucket',
      { status: 403, headers: { 'x-ratelimit-remaining': '0' } },
      { reason: /exhausted/, source: /GitHub/ },
    ],
    [
      'a Retry-After',
      { status: 409, headers: { 'retry-after': '1' } },
      { reason: /come back/, source: /RFC 9110/ },
    ],
    ['a status', { status: 503 }, { reason: /Service Unavailable/, source: /RFC 9110/ }],
    ['another status', { status: 418 }, { reason: /4xx/, source: /RFC 9110/ }],
    ['no status', {} as Failure, { reason: /nothing else/, source: /RFC 9110/ }],
    ['an unexplained conflict', { status: 409 }, { reason: /lost race/, source: /stripe-node/ }],
    [
      'an error in a success',
      { status: 200, body: { error: { message: 'odd' } } },
      { reason: /success/, source: /RFC 9110/ },
    ],
    ['a success', { status: 204 }, { reason: /success/, source: /RFC 9110/ }],
    [
      'a network code',
      { error: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) },
      { reason: /never made/, source: /Node/ },
    ],
    [
      'the words of a runtime',
      { error: new TypeError('Failed to fetch') },
      {
        reason: /no more/,
        source: /Fetch/,
      },
    ],
    [
      'an abort',
      { error: new DOMException('stop', 'AbortError') },
      { reason: /aborted/, source: /DOM/ },
    ],
    [
      'a gRPC status',
      { error: Object.assign(new Error('x'), { code: 14, details: 'd' }) },
      { reason: /gRPC/, source: /code\.proto/ },
    ],
    [
      'a database',
      { error: Object.assign(new Error('x'), { code: '40001', severity: 'ERROR' }) },
      { reason: /transaction/, source: /PostgreSQL/ },
    ],
    [
      "a service's model",
      {
        error: Object.assign(new Error('x'), {
          $metadata: { httpStatusCode: 400 },
          $retryable: { throttling: true },
        }),
      },
      { reason: /model/, source: /AWS/ },
    ],
  ])('knows why %s decides', (_what, failure, expected) => {
    const classification = classify(failure);
    const explanation = explain(classification);
    expect(explanation).toMatchObject({ rule: classification.rule });
    expect(explanation?.reason).toMatch(expected.reason);
    expect(explanation?.source).toMatch(expected.source);
  });

  test('names the document of a catalog, by its rule alone too', () => {
    const failure = { status: 429, body: { error: { code: 'lock_timeout' } } };
    const classification = classify(failure, { catalog: stripe });
    const expected = {
      reason: 'stripe documents this code as retryable',
      source: 'Stripe, "Rate limits"',
    };
    expect(explain(classification)).toMatchObject(expected);
    const { rule, category } = classification;
    expect(explain({ rule, category })).toMatchObject(expected);
  });

  test('tells apart the meanings that a code has by its status', () => {
    const failure = { status: 409, body: { error: { type: 'invalid_request_error' } } };
    const { openai } = Object.fromEntries(allCatalogs.map((one) => [one.name, one]));
    expect(explain(classify(failure, { catalog: openai }))).toMatchObject({
      reason: 'openai documents this code as retryable',
      source: expect.stringContaining('retries'),
    });
  });

  test('explains the statuses of a catalog, and a catalog of your own', () => {
    const mine = defineCatalog({
      name: 'mine',
      codes: { busy: { category: 'throttle', source: 'our wiki' } },
      statuses: { 418: { category: 'retryable', source: 'our wiki, teapots' } },
    });
    const ofCode = classify({ status: 400, body: { code: 'busy' } }, { catalog: mine });
    expect(explain(ofCode)).toBeUndefined();
    expect(explain(ofCode, [mine])?.source).toBe('our wiki');
    const ofStatus = classify({ status: 418 }, { catalog: mine });
    expect(explain(ofStatus, [mine])).toEqual({
      rule: 'mine: status 418',
      reason: 'mine documents this status as retryable',
      source: 'our wiki, teapots',
    });
  });

  test('knows nothing of the rules of others', () => {
    expect(explain({ rule: 'a policy of my own' })).toBeUndefined();
    expect(explain({ rule: '' })).toBeUndefined();
  });
});
