import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  circuitBreaker,
  isResilienceError,
  reportOf,
  resilientFetch,
  type ResilienceEvent,
  type ResilientFetchOptions,
} from '../../src/index.ts';
import { resultFetch, toResilienceError } from '../../src/result.ts';
import { faultyServer, ondemandFault, type Fault, type FaultyServer } from '../../src/testing.ts';

const SECRET = 'hunter2-3f9c';
const HEADERS = {
  authorization: `Bearer ${SECRET}`,
  'x-api-key': SECRET,
  cookie: `session=${SECRET}`,
};

let server: FaultyServer;
beforeEach(async () => {
  server = await faultyServer();
});
afterEach(() => server.close());

/** All that a program could write into a log. */
const shown = (value: unknown): string =>
  [
    String(value),
    JSON.stringify(value),
    inspect(value, { depth: 10, showHidden: false }),
    (value as Error | undefined)?.stack,
  ].join('\n');

interface Trouble {
  readonly fault?: Fault;
  readonly options?: ResilientFetchOptions;
  readonly base?: (server: FaultyServer) => string;
}

const open = circuitBreaker();
const TROUBLES: Record<string, Trouble> = {
  'an HTTP error': { fault: ondemandFault('unauthorized') },
  'an outage': { fault: ondemandFault('resource_unavailable') },
  'a refused connection': { base: ({ refusedUrl }) => refusedUrl },
  'a reset connection': { fault: { kind: 'reset', when: 'before-headers' } },
  'bytes that are no HTTP': { fault: { kind: 'not-http' } },
  'a timeout': { fault: { kind: 'never-answers' }, options: { attemptTimeoutMs: 30 } },
  'a total timeout': { fault: { kind: 'never-answers' }, options: { totalTimeoutMs: 30 } },
  'an open circuit': { options: { circuitBreaker: open } },
  'no token': { options: { rateLimit: { ratePerSecond: 0.001, burst: 1, onEmpty: 'reject' } } },
};

describe('secrets never appear', () => {
  test.each(Object.keys(TROUBLES))('in %s', async (name) => {
    const { fault, options, base = ({ url }) => url } = TROUBLES[name]!;
    const events: ResilienceEvent[] = [];
    if (fault) server.startOutage(fault);
    open.forceOpen(server.url);
    const fetch = resilientFetch(undefined, {
      retry: { maxRetries: 1, baseDelayMs: 1 },
      onEvent: (event) => void events.push(event),
      ...options,
    });
    const address = `${base(server)}/plugin/v1/list?api_key=${SECRET}#${SECRET}`;
    if (name === 'no token') await fetch(address, { headers: HEADERS });
    const result = await resultFetch(fetch)(address, { headers: HEADERS });
    const error = result._unsafeUnwrapErr();
    for (const value of [error, error.cause, reportOf(error), events]) {
      expect(shown(value)).not.toContain(SECRET);
    }
    expect(events.length).toBeGreaterThan(0);
    // Of the address its origin is enough to act on.
    expect(error.message).toContain(base(server));
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      kind: error.kind,
      key: base(server),
    });
  });

  test('in what holdfast says of an address with a user in it', async () => {
    const address = `http://user:${SECRET}@127.0.0.1/?q=${SECRET}`;
    const events: ResilienceEvent[] = [];
    const fetch = resilientFetch(undefined, { onEvent: (event) => void events.push(event) });
    const original = await fetch(address).catch((error: unknown) => error);
    // Fetch's own error says what fetch says; ours does not repeat it.
    expect(isResilienceError(original)).toBe(false);
    const { message, key, classification, attempts } = toResilienceError(original, { key: 'k' });
    expect(shown([message, key, classification, attempts, events])).not.toContain(SECRET);
  });

  test('in the errors that other clients throw with an address in them', () => {
    const sdkError = Object.assign(
      new Error(
        `request to https://user:${SECRET}@api.example.com/v1?key=${SECRET} failed, reason: x`,
      ),
      { code: 'ECONNRESET', config: { headers: HEADERS } },
    );
    const error = toResilienceError(sdkError);
    expect(error.message).not.toContain(SECRET);
    expect(JSON.stringify(error)).not.toContain(SECRET);
  });
});
