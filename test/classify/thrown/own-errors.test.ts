import { describe, expect, test } from '@jest/globals';
import type { Classification } from '../../../src/core/classification.ts';
import { classifyThrown } from '../../../src/classify/thrown/thrown.ts';

const made: Classification = {
  category: 'throttle',
  errorCode: 'slow_down',
  message: 'not so fast',
  status: 429,
  retryAfterMs: 1_500,
  unprocessed: true,
  decidedBy: 'catalog',
  rule: 'a rule',
};

const ours = (kind: string, members: object = {}) =>
  Object.assign(new Error('ours'), { kind, ...members });

describe("an error of holdfast's own", () => {
  test('brings the classification that it was made with', () => {
    expect(classifyThrown(ours('http', { classification: made }))).toEqual(made);
  });

  test("is found inside an SDK's error", () => {
    const error = new Error('Connection error.', { cause: ours('http', { classification: made }) });
    expect(classifyThrown(error)).toEqual(made);
  });

  test('circuit-open is retryable, decided by policy, with its wait', () => {
    expect(classifyThrown(ours('circuit-open', { retryAfterMs: 900 }))).toMatchObject({
      category: 'retryable',
      decidedBy: 'policy',
      retryAfterMs: 900,
      unprocessed: true,
    });
  });

  test('rate-limited is a throttle, decided by policy, with its wait', () => {
    expect(classifyThrown(ours('rate-limited', { retryAfterMs: 40 }))).toMatchObject({
      category: 'throttle',
      decidedBy: 'policy',
      retryAfterMs: 40,
      unprocessed: true,
    });
  });

  test('timeout is retryable, aborted is fatal', () => {
    expect(classifyThrown(ours('timeout')).category).toBe('retryable');
    expect(classifyThrown(ours('aborted'))).toMatchObject({
      category: 'fatal',
      decidedBy: 'caller',
    });
  });

  test('a classification that is none is not believed', () => {
    const claims = [
      { category: 'success', decidedBy: 'status' },
      { category: 'often', decidedBy: 'status' },
      { category: 'fatal', decidedBy: 'me' },
      'fatal',
      null,
    ];
    for (const classification of claims) {
      const error = Object.assign(new Error('x'), { code: 'ECONNRESET', classification });
      expect(classifyThrown(error)).toMatchObject({
        category: 'retryable',
        errorCode: 'ECONNRESET',
      });
    }
  });
});
