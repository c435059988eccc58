import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressOf } from '../../src/http/address.ts';

describe('addressOf', () => {
  test.each<[unknown, string]>([
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com/path?query#hash', 'https://api.example.com'],
    ['https://api.example.com?query', 'https://api.example.com'],
    ['https://api.example.com#hash', 'https://api.example.com'],
    ['http://api.example.com:80/', 'http://api.example.com'],
    ['https://api.example.com:8443/', 'https://api.example.com:8443'],
    ['https://api.example.com:443/', 'https://api.example.com'],
    ['http://api.example.com:443/', 'http://api.example.com:443'],
    ['http://127.0.0.1:65535?q', 'http://127.0.0.1:65535'],
    ['https://api.example.com:0443/', 'https://api.example.com'],
    ['HTTPS://API.Example.COM/', 'https://api.example.com'],
    ['https://user:secret@api.example.com/', 'https://api.example.com'],
    ['  https://api.example.com/\n', 'https://api.example.com'],
    ['https:api.example.com', 'https://api.example.com'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example'],
    ['http://[::1]:8080/', 'http://[::1]:8080'],
    [new URL('https://api.example.com/a'), 'https://api.example.com'],
    [new Request('https://api.example.com/a'), 'https://api.example.com'],
    [{ toString: () => 'https://api.example.com/a' }, 'https://api.example.com'],
  ])('%p goes to %s', (input, origin) => {
    expect(addressOf(input)).toMatchObject({ origin, isRemote: true });
  });

  test.each<[unknown]>([
    ['data:text/plain,hi'],
    ['blob:https://api.example.com/7c1f'],
    ['about:blank'],
    ['file:///etc/hosts'],
    ['ftp://api.example.com/'],
    ['/relative'],
    ['relative'],
    [''],
    ['https://'],
    ['https://api.example.com:99999/'],
    [undefined],
    [null],
    [5],
    [Symbol('address')],
    [{}],
    [Object.create(null)],
  ])('%p involves no network that a policy could help with', (input) => {
    expect(addressOf(input)).toMatchObject({ origin: '', isRemote: false });
  });

  test('what throws when it is read involves no network', () => {
    const hostile = {
      get href() {
        throw new Error('no');
      },
    };
    expect(addressOf(hostile)).toMatchObject({ origin: '', isRemote: false });
  });

  test('of every web address it says what the platform’s own parser says', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        expect(addressOf(url)).toMatchObject({ origin: new URL(url).origin, isRemote: true });
      }),
      { numRuns: 1000 },
    );
  });

  test('it never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.anything()), (input) => {
        expect(typeof addressOf(input).isRemote).toBe('boolean');
      }),
      { numRuns: 1000 },
    );
  });
});
