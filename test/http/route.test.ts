import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { routeOf } from '../../src/http/route.ts';

const folded = (path: string) => routeOf('GET', `https://api.example.com${path}`);

describe('a route', () => {
  test.each([
    ['/', '/'],
    ['/users/123', '/users/:id'],
    ['/users/123/posts/456/', '/users/:id/posts/:id/'],
    ['/users/123?page=2#top', '/users/:id'],
    ['/v1/things', '/v1/things'],
    ['/v1beta1/things', '/v1beta1/things'],
    ['/orders/3b241101-e2bb-4255-8caf-4136c566a962', '/orders/:id'],
    ['/orders/3B241101E2BB42558CAF4136C566A962', '/orders/:id'],
    ['/commits/9fceb02d0ae598e95dc970b74767f19372d61af8', '/commits/:id'],
    ['/objects/507f1f77bcf86cd799439011/parts', '/objects/:id/parts'],
    ['/v1/customers/cus_NffrFeUfNV2Hib', '/v1/customers/:id'],
    ['/v1/threads/thread_abc123DEF456/runs', '/v1/threads/:id/runs'],
    ['/videos/dQw4w9WgXcQ', '/videos/:id'],
    ['/archives/C024BE91L', '/archives/:id'],
    ['/items/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/items/:id'],
    ['/reports/2026-11-28', '/reports/:id'],
    ['/people/ann@example.com/mail', '/people/:id/mail'],
    ['/people/ann%40example.com', '/people/:id'],
    ['/operations/123:cancel', '/operations/:id:cancel'],
    ["/odata/Users('ann')/Name", '/odata/Users(:id)/Name'],
    ['/maps;zoom=3/tiles', '/maps/tiles'],
    ['/accounts/-5', '/accounts/:id'],
    ['/a/1,2,3', '/a/:id'],
    ['/models/gpt-4o-mini', '/models/gpt-4o-mini'],
    ['/models/text-embedding-3-small', '/models/text-embedding-3-small'],
    ['/models/gemini-1.5-pro:generateContent', '/models/gemini-1.5-pro:generateContent'],
    ['/oauth2/token', '/oauth2/token'],
    ['/facade/feedback/deadbeef', '/facade/feedback/deadbeef'],
    ['/authenticate/SUBSCRIPTIONS', '/authenticate/SUBSCRIPTIONS'],
    ['/.well-known/openid-configuration', '/.well-known/openid-configuration'],
  ])('of %s is %s', (path, route) => {
    expect(folded(path)).toBe(`GET ${route}`);
  });

  test('has the path that a parser reads, however the address is written', () => {
    const piece = fc.constantFrom(
      'a',
      'v1',
      '7',
      '..',
      '.',
      '%2e',
      '%41',
      'é',
      '\\',
      '//',
      ';b',
      ' ',
    );
    const address = fc.record({
      host: fc.constantFrom('a.example', 'a.example:8080', 'A.example', 'user@a.example'),
      path: fc.array(piece, { maxLength: 4 }),
      rest: fc.constantFrom('', '?q=/x', '#f/x', '/'),
    });
    fc.assert(
      fc.property(address, ({ host, path, rest }) => {
        const url = `https://${host}${path.map((one) => `/${one}`).join('')}${rest}`;
        // An address that is written as a parser writes it is read the same.
        expect(routeOf('GET', url)).toBe(routeOf('GET', new URL(url).href));
        expect(routeOf('GET', url)).toBe(routeOf('GET', `HTTPS${url.slice(5)}`));
      }),
      { numRuns: 500 },
    );
  });

  test('is bounded, however long the path is', () => {
    expect(folded(`/${'a/b/'.repeat(10_000)}`).length).toBeLessThan(300);
  });

  test('folds a token that is longer than any word', () => {
    expect(folded(`/t/${'abcdefghij'.repeat(6)}`)).toBe('GET /t/:id');
  });

  test('is read in no time from hostile paths', () => {
    const startedAt = performance.now();
    for (const piece of ['1a', 'A1', 'a:', '%40', '-', ';(', 'f0', '1,']) {
      folded(`/${piece.repeat(5_000)}`);
    }
    expect(performance.now() - startedAt).toBeLessThan(50);
  });

  test('is the method alone where an address cannot be read', () => {
    expect(routeOf('POST', 'nowhere')).toBe('POST');
  });
});
