import { describe, expect, test } from '@jest/globals';
import { keyedHash } from '../../src/http/keyed-hash.ts';
import { scopeOf } from '../../src/http/scope.ts';

const KEY = 'https://api.example.com';
const scope = (headers: Record<string, string>) => scopeOf(KEY, new Headers(headers));

describe('a scope', () => {
  test('is the key where a request carries no credential', () => {
    expect(scope({ accept: 'text/plain', cookie: 'a=b' })).toBe(KEY);
  });

  test.each(['authorization', 'x-api-key', 'api-key', 'apikey', 'Authorization', 'X-API-Key'])(
    'tells credentials in %s apart, and is the same for the same one',
    (name) => {
      const alice = scope({ [name]: 'Bearer alice' });
      expect(alice).toBe(scope({ [name]: 'Bearer alice', accept: '*/*' }));
      expect(new Set([alice, scope({ [name]: 'Bearer carol' }), KEY]).size).toBe(3);
    },
  );

  test('tells the same text in two headers apart', () => {
    expect(scope({ 'api-key': 'x' })).not.toBe(scope({ apikey: 'x' }));
  });

  test('shows nothing of the credential', () => {
    expect(scope({ authorization: 'Bearer secret-token' })).toMatch(
      /^https:\/\/api\.example\.com [0-9a-f]{16}$/,
    );
  });
});

describe('the keyed hash', () => {
  // Of the reference implementation (veorq/SipHash, vectors_hsip64): key 00…07, input 00, 01, 02 …
  test.each([
    [0, '218d1f59b9b83cc8'],
    [1, 'be552412f8387315'],
    [2, '064f39ef7c50eb57'],
    [3, 'ce0f1a45f7060679'],
    [4, 'd5e78a175be52ea1'],
    [5, 'cb9d7c3f2f3db580'],
    [7, 'ff202728b07bc684'],
    [8, 'edfee820bce4858c'],
    [11, 'ae26333994ddcd48'],
    [23, '4c2210e54b681d73'],
    [26, '0d899ed8112923f0'],
  ])('is HalfSipHash: %i bytes give %s', (length, expected) => {
    const bytes = Uint8Array.from({ length }, (_, index) => index);
    expect(keyedHash(bytes, [0x03020100, 0x07060504])).toBe(expected);
  });
});
