import { describe, expect, test } from '@jest/globals';
import { compose, type Fetch, type Middleware } from '../../src/index.ts';

const ok: Fetch = async () => new Response();

describe('compose', () => {
  test('joins middlewares, the first outermost: it sees the call first and the answer last', async () => {
    const seen: string[] = [];
    const named =
      (name: string): Middleware =>
      (next) =>
      async (input, init) => {
        seen.push(`${name} before`);
        const response = await next(input, init);
        seen.push(`${name} after`);
        return response;
      };
    await compose(named('outer'), named('middle'), named('inner'))(ok)('https://x.example');
    expect(seen).toEqual([
      'outer before',
      'middle before',
      'inner before',
      'inner after',
      'middle after',
      'outer after',
    ]);
  });

  test('of nothing is the identity, and of one is that one', () => {
    expect(compose()(ok)).toBe(ok);
    const other: Fetch = async () => new Response();
    expect(compose(() => other)(ok)).toBe(other);
  });

  test('is associative', async () => {
    const adding =
      (letter: string): Middleware =>
      (next) =>
      (input, init) =>
        next(`${input as string}${letter}`, init);
    const [a, b, c] = ['a', 'b', 'c'].map(adding) as [Middleware, Middleware, Middleware];
    const seen: unknown[] = [];
    const spy: Fetch = async (input) => {
      seen.push(input);
      return new Response();
    };
    await compose(a, compose(b, c))(spy)('');
    await compose(compose(a, b), c)(spy)('');
    await compose(a, b, c)(spy)('');
    expect(seen).toEqual(['abc', 'abc', 'abc']);
  });

  test('what is no middleware throws at construction', () => {
    expect(() => compose(ok as unknown as Middleware, 5 as unknown as Middleware)).toThrow(
      'compose: middleware 2 must be a function, but it is 5',
    );
  });
});
