import { describe, expect, test } from '@jest/globals';
import {
  ONDEMAND_ERRORS,
  ONDEMAND_ERROR_CODES,
  ondemandFault,
  parseFault,
  type Fault,
} from '../../../src/testing.ts';

describe('a fault as a request spells it', () => {
  test.each(ONDEMAND_ERROR_CODES)('%s is the documented error', (code) => {
    expect(parseFault(code)).toEqual({
      fault: { kind: 'error', errorCode: code, ...ONDEMAND_ERRORS[code], envelope: 'flat' },
      times: Infinity,
    });
  });

  test.each<[string, Fault]>([
    ['none', { kind: 'none' }],
    ['never-answers', { kind: 'never-answers' }],
    ['not-http', { kind: 'not-http' }],
    ['reset', { kind: 'reset', when: 'before-headers' }],
    ['reset,when=mid-body', { kind: 'reset', when: 'mid-body' }],
    ['slow-headers,delay=5', { kind: 'slow-headers', delayMs: 5 }],
    ['slow-body,pieces=3,every=7', { kind: 'slow-body', pieces: 3, everyMs: 7 }],
    ['truncated-body, framing=chunked', { kind: 'truncated-body', framing: 'chunked' }],
    ['529', { kind: 'error', status: 529, envelope: 'flat' }],
    [
      'bad_gateway,envelope=nested,after=10,form=rfc850,padded=99',
      ondemandFault('bad_gateway', {
        envelope: 'nested',
        retryAfter: { form: 'rfc850', ms: 10 },
        paddedToBytes: 99,
      }),
    ],
  ])('%s can be read', (text, fault) => {
    expect(parseFault(text)).toEqual({ fault, times: Infinity });
  });

  test('holds as many times as it says', () => {
    expect(parseFault('none,times=2')).toMatchObject({ times: 2 });
  });

  test.each([
    ['', 'no fault is called ""'],
    ['teapot', 'no fault is called "teapot"'],
    ['99', 'no fault is called "99"'],
    ['reset,mid-body', '"mid-body" is not a setting: write name=value'],
    ['reset,when=later', 'when=later cannot be read'],
    ['503,after=-1', 'after=-1 cannot be read'],
    ['none,after=1', 'none has no setting "after"'],
  ])('%j is explained', (text, problem) => {
    expect(parseFault(text)).toBe(problem);
  });
});
