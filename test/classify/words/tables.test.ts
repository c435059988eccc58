import { describe, expect, test } from '@jest/globals';
import { CODE_WORDS } from '../../../src/classify/words/code-words.ts';
import { MESSAGE_PHRASES } from '../../../src/classify/words/message-phrases.ts';
import { phraseFinder, wordsOf } from '../../../src/classify/words/phrases.ts';
import {
  CODE_FIELDS,
  HINT_FIELDS,
  TRANSIENT_FIELDS,
} from '../../../src/classify/headers/server-hints.ts';
import { STATUSES, statusRow } from '../../../src/classify/words/statuses.ts';
import { EXPLICIT_WAIT_FIELDS } from '../../../src/classify/wait/wait-hint.ts';

describe.each([
  ['the words of codes', CODE_WORDS],
  ['the phrases of messages', MESSAGE_PHRASES],
])('%s', (_name, table) => {
  const find = phraseFinder(table);

  test('each row says why', () => {
    expect(table.filter((row) => row.because.length < 20)).toEqual([]);
  });

  test('each phrase is found by itself, in its own row', () => {
    const lost = table.flatMap((row) =>
      row.phrases.filter((phrase) => find(wordsOf(phrase.replace('…', 'x')))?.row !== row),
    );
    expect(lost).toEqual([]);
  });

  test('no phrase stands there twice', () => {
    const seen = table.flatMap((row) => row.phrases);
    expect(seen.filter((phrase, at) => seen.indexOf(phrase) !== at)).toEqual([]);
  });
});

describe('the tables of headers and statuses', () => {
  test('each field is in lower case and says where it comes from', () => {
    for (const row of [
      ...HINT_FIELDS,
      ...TRANSIENT_FIELDS,
      ...CODE_FIELDS,
      ...EXPLICIT_WAIT_FIELDS,
    ]) {
      expect(row.field).toBe(row.field.toLowerCase());
      expect(row.source.length).toBeGreaterThan(2);
    }
  });

  test('each status says more than its class does, or why it does not', () => {
    for (const [status, row] of Object.entries(STATUSES)) {
      expect(row.because.length).toBeGreaterThan(15);
      expect(statusRow(Number(status))).toBe(row);
    }
  });
});

describe('words', () => {
  test.each([
    ['RateLimitExceeded', ['rat', 'limit', 'exceed']],
    ['HTTPTooManyRequests', ['http', 'too', 'many', 'request']],
    ['IPsBlocked', ['ips', 'block']],
    ["couldn't retry-after 5s", ["couldn't", 'retry', 'after', '5s']],
    ['X1Y', ['x1', 'y']],
    ['', []],
    ['___', []],
  ])('%s', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  test('a gap stands for up to three words', () => {
    const find = phraseFinder([{ phrases: ['insufficient … capacity'] }]);
    const matches = (text: string) => find(wordsOf(text)) !== undefined;
    expect(matches('InsufficientCapacity')).toBe(true);
    expect(matches('InsufficientInstanceCapacity')).toBe(true);
    expect(matches('insufficient a b c capacity')).toBe(true);
    expect(matches('insufficient a b c d capacity')).toBe(false);
    expect(matches('capacity insufficient')).toBe(false);
  });
});
