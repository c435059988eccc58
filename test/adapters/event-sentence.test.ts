import { describe, expect, test } from '@jest/globals';
import { levelOf } from '../../src/adapters/event-level.ts';
import { sentenceOf } from '../../src/adapters/event-sentence.ts';
import type { ResilienceEvent } from '../../src/index.ts';
import { CALL, ROWS } from './events-of-each-type.ts';

/** The sentence without the place in front of it. */
const said = (event: object): string => {
  const sentence = sentenceOf({ ...CALL, ...event } as ResilienceEvent);
  const place = 'payments.example.com POST /charges/:id: ';
  expect(sentence.slice(0, place.length)).toBe(place);
  return sentence.slice(place.length);
};
const level = (event: object): string => levelOf({ ...CALL, ...event } as ResilienceEvent);

describe('the sentence and the level of an event', () => {
  test.each(ROWS)('%s', (sentence, expected, event) => {
    expect(said(event)).toBe(sentence);
    expect(level(event)).toBe(expected);
  });

  test('name the key alone where there is no route', () => {
    const event = { ...CALL, type: 'endpoint-back', by: 'endpoints', route: undefined } as const;
    expect(sentenceOf(event)).toBe('payments.example.com: the endpoint works again');
  });
});
