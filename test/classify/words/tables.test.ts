import { describe, expect, test } from '@jest/globals';
import { CODE_WORDS } from '../../../src/classify/words/code-words.ts';
import { MESSAGE_PHRASES } from '../../../src/classify/words/message-phrases.ts';
import { phraseFinder, phrasesOf, wordsOf } from '../../../src/classify/words/phrases.ts';
import { categoryOfStatus, isUnprocessed } from '../../../src/classify/words/statuses.ts';

describe.each([
  ['the words of codes', CODE_WORDS],
  ['the phrases of messages', MESSAGE_PHRASES],
])('%s', (_name, table) => {
  const find = phraseFinder(table);
  const phrases = table.flatMap(([, row]) => phrasesOf(row));

  test('each phrase is found by itself, in its own row', () => {
    const lost = table.flatMap(([meaning, row]) =>
      phrasesOf(row).filter((phrase) => {
        const found = find(wordsOf(phrase.replace('*', 'x')));
        return found?.meaning !== meaning || !phrasesOf(row).includes(found.phrase);
      }),
    );
    expect(lost).toEqual([]);
  });

  test('no phrase stands there twice', () => {
    expect(phrases.filter((phrase, at) => phrases.indexOf(phrase) !== at)).toEqual([]);
  });

  test('no phrase is there in vain: none of its row is a part of it', () => {
    const vain = table.flatMap(([meaning, row]) =>
      phrasesOf(row).filter((phrase) => {
        const others = phrasesOf(row).filter((other) => other !== phrase);
        const words = wordsOf(phrase.replace('*', 'x'));
        return phraseFinder([[meaning, others.join(', ')]])(words) !== undefined;
      }),
    );
    expect(vain).toEqual([]);
  });
});

describe('phrases', () => {
  test('a slash stands for two phrases, in several words at once too', () => {
    expect(phrasesOf('rate limit, lock timeout/wait, a/b c/d')).toEqual([
      'rate limit',
      'lock timeout',
      'lock wait',
      'a c',
      'a d',
      'b c',
      'b d',
    ]);
  });

  test('a gap stands for up to three words', () => {
    const find = phraseFinder([['found', 'insufficient * capacity']]);
    const matches = (text: string) => find(wordsOf(text)) !== undefined;
    expect(matches('InsufficientCapacity')).toBe(true);
    expect(matches('InsufficientInstanceCapacity')).toBe(true);
    expect(matches('insufficient a b c capacity')).toBe(true);
    expect(matches('insufficient a b c d capacity')).toBe(false);
    expect(matches('capacity insufficient')).toBe(false);
  });

  test('the first row that matches wins, wherever in the text it does', () => {
    const find = phraseFinder([
      ['first', 'busy'],
      ['second', 'server'],
    ]);
    expect(find(wordsOf('server is busy'))).toMatchObject({ meaning: 'first', phrase: 'busy' });
  });
});

describe('words', () => {
  test.each([
    ['RateLimitExceeded', ['rat', 'limit', 'exceed']],
    ['HTTPTooManyRequests', ['http', 'too', 'many', 'request']],
    ['IPsBlocked', ['ips', 'block']],
    ["couldn't retry-after 5s", ["couldn't", 'retry', 'after', '5s']],
    ['X1Y', ['x1', 'y']],
    ['HTTP2Error', ['http2', 'error']],
    ['ошибка: limit', ['limit']],
    ['', []],
    ['___', []],
  ])('%s', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });
});

describe('the statuses', () => {
  test.each([
    ['throttle', [420, 429, 430, 509, 529]],
    ['retryable', [408, 421, 423, 424, 425, 460, 499, 500, 502, 503, 504, 520, 524, 530, 599]],
    ['fatal', [400, 401, 402, 403, 404, 409, 418, 422, 440, 449, 498, 501, 505, 507, 511, 526]],
    ['fatal', [Number.NaN, 0, 600, 783]],
  ])('%s: %j', (category, statuses) => {
    for (const status of statuses) expect(categoryOfStatus(status)).toBe(category);
  });

  test('every throttle, and a few more, show that nothing was done', () => {
    const shown = [420, 421, 425, 429, 430, 509, 521, 523, 529];
    const all = Array.from({ length: 600 }, (_, status) => status);
    expect(all.filter((status) => isUnprocessed(status, 'retryable', 'status', false))).toEqual(
      shown,
    );
  });

  test('a 503 shows it with a Retry-After, by a code of overload or by a row of a catalog', () => {
    expect(isUnprocessed(503, 'retryable', 'status', true)).toBe(true);
    expect(isUnprocessed(503, 'throttle', 'code', false)).toBe(true);
    expect(isUnprocessed(503, 'retryable', 'catalog', false)).toBe(true);
    expect(isUnprocessed(503, 'throttle', 'prose', false)).toBe(false);
  });

  test.each([500, 502, 504])('a %d never shows it, whatever is said beside it', (status) => {
    for (const decidedBy of ['hint', 'catalog', 'code', 'header', 'prose'] as const) {
      expect(isUnprocessed(status, 'throttle', decidedBy, true)).toBe(false);
    }
  });
});
