import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ResultAsync } from 'neverthrow';
import {
  pipeline,
  resilientFetch,
  retry,
  type Fetch,
  type Policy,
  type ResilienceError,
} from '../../src/index.ts';
import { executeResult, resultFetch, toResilienceError } from '../../src/result.ts';

const API = 'https://api.example.com/things';
const KINDS = [
  'http',
  'network',
  'timeout',
  'aborted',
  'circuit-open',
  'rate-limited',
  'unexpected',
];

const explode = (): never => {
  throw new Error('do not touch');
};

/** Everything that a trap can stand on throws. */
const mine = new Proxy(function mine() {}, {
  get: explode,
  has: explode,
  set: explode,
  getPrototypeOf: explode,
  ownKeys: explode,
  getOwnPropertyDescriptor: explode,
  apply: explode,
  construct: explode,
});

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

const endless: { cause?: unknown; errors?: unknown[] } = new AggregateError([]);
endless.cause = endless;
endless.errors = [endless];

const gettersThrow = Object.defineProperties(
  new Error('hidden'),
  Object.fromEntries(
    ['name', 'message', 'code', 'cause', 'status', 'kind', 'classification', 'errors'].map(
      (name) => [name, { get: explode }],
    ),
  ),
);

const toStringThrows = { toString: explode, [Symbol.toPrimitive]: explode, toJSON: explode };

const HOSTILE = new Map<string, unknown>([
  ['undefined', undefined],
  ['null', null],
  ['NaN', NaN],
  ['a symbol', Symbol('x')],
  ['a bigint', 10n],
  ['a proxy that explodes', mine],
  ['a revoked proxy', revoked],
  ['an error that causes itself', endless],
  ['an error whose getters throw', gettersThrow],
  ['an object that cannot be shown', toStringThrows],
  ['an object without a prototype', Object.create(null)],
  ['one that claims to be ours', { kind: 'http', classification: {} }],
  [
    'one that claims to be ours, badly',
    Object.assign(new Error('x'), { kind: 'http', classification: null }),
  ],
  ['a status that is none', Object.assign(new Error('x'), { status: 'many', response: mine })],
]);

/** Of what kind the error is; `'ok'` where there is none, `'rejected'` where the result broke its word. */
const kindOf = async (result: ResultAsync<unknown, ResilienceError>): Promise<string> =>
  result
    .match(
      () => 'ok',
      ({ kind }) => kind,
    )
    .catch(() => 'rejected');

describe('a ResultAsync of ours never rejects', () => {
  test.each([...HOSTILE.keys()])('whatever fetch throws: %s', async (what) => {
    const thrown = HOSTILE.get(what);
    const rejecting: Fetch = () => Promise.reject(thrown);
    const throwing: Fetch = () => {
      throw thrown;
    };
    for (const fetch of [
      rejecting,
      throwing,
      resilientFetch(rejecting, { retry: false }),
      resilientFetch(throwing),
    ]) {
      expect(KINDS).toContain(await kindOf(resultFetch(fetch)(API)));
    }
  });

  test.each([...HOSTILE.keys()])('whatever an operation throws: %s', async (what) => {
    const thrown = HOSTILE.get(what);
    const throwing = () => {
      throw thrown;
    };
    for (const policy of [pipeline(), retry()]) {
      expect(KINDS).toContain(await kindOf(executeResult(policy, throwing)));
    }
    expect(KINDS).toContain(toResilienceError(thrown).kind);
  });

  test.each([...HOSTILE.keys()])('whatever fetch returns: %s', async (what) => {
    const returned = HOSTILE.get(what);
    const fetch = (async () => returned) as unknown as Fetch;
    for (const wrapped of [fetch, resilientFetch(fetch), (() => returned) as unknown as Fetch]) {
      expect([...KINDS, 'ok']).toContain(await kindOf(resultFetch(wrapped)(API)));
    }
  });

  test.each([...HOSTILE.keys()])('whatever it is called with: %s', async (what) => {
    const argument = HOSTILE.get(what);
    const fetch = resultFetch(resilientFetch(async () => new Response())) as unknown as (
      ...given: unknown[]
    ) => ReturnType<ReturnType<typeof resultFetch>>;
    expect([...KINDS, 'ok']).toContain(await kindOf(fetch(argument)));
    expect([...KINDS, 'ok']).toContain(await kindOf(fetch(API, argument)));
    expect([...KINDS, 'ok']).toContain(await kindOf(fetch(API, { signal: argument })));
    const execute = executeResult as unknown as (
      ...given: unknown[]
    ) => ReturnType<typeof executeResult>;
    expect([...KINDS, 'ok']).toContain(await kindOf(execute(pipeline(), () => 1, argument)));
    expect(KINDS).toContain(await kindOf(execute(argument, () => 1)));
    expect(KINDS).toContain(await kindOf(execute(pipeline(), argument)));
    expect([...KINDS, 'ok']).toContain(
      await kindOf(execute(pipeline(), () => 1, { signal: argument })),
    );
  });

  test('where init’s own getters throw', async () => {
    const init = Object.defineProperty({}, 'signal', { get: explode, enumerable: true });
    expect(await kindOf(resultFetch(resilientFetch())(API, init))).toBe('unexpected');
    expect(await kindOf(resultFetch(async () => explode())(API, init))).toBe('unexpected');
  });

  test('where a policy throws synchronously', async () => {
    const broken: Policy = { execute: explode };
    expect(await kindOf(executeResult(broken, () => 1))).toBe('unexpected');
  });

  test('whatever the options of toResilienceError are', () => {
    for (const [, options] of HOSTILE) {
      expect(toResilienceError(new Error('x'), options as object).kind).toBe('unexpected');
    }
  });

  test('for any value that can be made', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withNullPrototype: true, withProxy: true } as object),
        async (thrown) => {
          const fetch: Fetch = () => Promise.reject(thrown);
          expect(KINDS).toContain(await kindOf(resultFetch(fetch)(API)));
          expect(KINDS).toContain(toResilienceError(thrown).kind);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
