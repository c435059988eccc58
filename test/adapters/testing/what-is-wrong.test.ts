import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  faultyServer,
  ondemandFault,
  scriptedFetch,
  type Fault,
  type FaultyServer,
  type ServerRateLimit,
} from '../../../src/testing.ts';

let server: FaultyServer;
beforeEach(async () => {
  server = await faultyServer();
});
afterEach(() => server.close());

describe('a fault that nobody knows is refused, so that no request hangs', () => {
  test.each<[unknown, string]>([
    [
      { kind: 'timeout' },
      "kind must be one of 'none', 'error', 'answer', 'reset', 'slow-headers', 'slow-body', 'truncated-body', 'never-answers', 'not-http', but it is \"timeout\"",
    ],
    [{}, 'kind must be one of'],
    [503, 'must be a fault: an object with kind, but it is 503'],
    [undefined, 'must be a fault: an object with kind, but it is undefined'],
    [{ kind: 'reset' }, ".when must be one of 'before-headers', 'mid-body', but it is undefined"],
    [{ kind: 'slow-headers', delay: 5 }, '.delay must be left out: the options here are kind,'],
    [{ kind: 'slow-headers', delayMs: -5 }, '.delayMs must be a finite number of at least 0'],
    [{ kind: 'slow-headers', delayMs: 5, next: { kind: 'x' } }, '.next.kind must be one of'],
    [{ kind: 'slow-body', pieces: 0, everyMs: 1 }, '.pieces must be a whole number'],
    [{ kind: 'truncated-body', framing: 'none' }, '.framing must be one of'],
    [{ kind: 'error' }, '.status must be a status from 200 to 599, but it is undefined'],
    [{ kind: 'answer', status: '503' }, '.status must be a status from 200 to 599'],
    [
      { kind: 'error', status: 429, retryAfter: { form: 'minutes', ms: 5 } },
      '.retryAfter.form must be one of',
    ],
  ])('%j', async (fault, message) => {
    const wrong = fault as Fault;
    expect(() => server.play([wrong])).toThrow(message);
    await expect(faultyServer({ faults: [wrong] })).rejects.toThrow(message);
    if (fault !== undefined) expect(() => server.startOutage(wrong)).toThrow(message);
    expect((await fetch(`${server.url}/plugin/v1/list`)).status).toBe(200);
  });

  test('the message names the place', () => {
    const faults = [{ kind: 'none' }, { kind: 'oops' }] as unknown as Fault[];
    expect(() => server.play(faults)).toThrow(/^play\.faults\[1\]\.kind must be/);
  });

  test('an OnDemand error that is not documented', () => {
    expect(() => ondemandFault('oops' as 'not_found')).toThrow(
      /^ondemandFault\.errorCode must be one of 'invalid_request', .*, but it is "oops"$/,
    );
  });

  test('in a script as well', () => {
    const step = { kind: 'error', errorCode: 'x' } as never;
    expect(() => scriptedFetch([step])).toThrow(/\.status must be a status from 200 to 599/);
  });
});

describe('a limit that nobody can keep is refused', () => {
  test.each<[unknown, string]>([
    [{ ratePerSecond: 0 }, 'ratePerSecond must be a finite number above 0'],
    [{ ratePerSecond: 0 }, '(burst: 0 refuses every request)'],
    [{ ratePerSecond: Infinity }, 'ratePerSecond must be a finite number above 0'],
    [{}, 'ratePerSecond must be a finite number above 0'],
    [{ ratePerSecond: 1, burst: -1 }, 'burst must be a finite number of at least 0'],
    [{ ratePerSecond: 1, retryAfter: 'date' }, 'retryAfter must be one of'],
    [{ rate: 1 }, 'rate must be left out'],
  ])('%j', async (limit, message) => {
    const rateLimit = limit as ServerRateLimit;
    expect(() => server.limitRate(rateLimit)).toThrow(message);
    await expect(faultyServer({ rateLimit })).rejects.toThrow(message);
  });

  test('nor are options or scopes that it does not know', async () => {
    await expect(faultyServer({ port: 80 } as object)).rejects.toThrow(
      /^faultyServer\.port must be left out: the options here are faults, rateLimit, but it is 80$/,
    );
    expect(() => server.play([], { times: 0 })).toThrow(/^play\.scope\.times must be/);
  });
});
