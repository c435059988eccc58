import { beforeAll, describe, expect, test } from '@jest/globals';
import { sleep } from '../../../src/core/clock.ts';
import { endpoints, reportOf, resilientFetch } from '../../../src/index.ts';
import {
  repeat,
  scriptedFetch,
  virtualClock,
  type ScriptedCall,
  type ScriptedStep,
} from '../../../src/testing.ts';

const PREFERRED = 'https://eu.example.com';
const THROTTLED = 'https://us.example.com';
const REVOKED = 'https://asia.example.com';
const SPARE = 'https://spare.example.com';

const CALLS = 10_000;
const PER_SECOND = 50;
const FIRST_BYTE_MS = 1_000;
const RECOVERS_AT = 120_000;
/** What the throttled endpoint takes in a second. */
const ACCEPTED = 20;

/** How it went, as the servers and the callers counted. */
interface Seen {
  readonly requests: readonly {
    readonly url: string;
    readonly at: number;
    readonly method: string;
  }[];
  readonly succeeded: number;
  readonly firstFailoverMs: number;
  /** How often each order was acted on. */
  readonly orders: ReadonlyMap<string, number>;
  readonly ordersSucceeded: number;
}

/** Four places in trouble: 10,000 GETs, and a POST with each tenth of them. */
async function tenThousandCalls(): Promise<Seen> {
  const clock = virtualClock({ quietTurns: 2, maxTimers: Infinity });
  const orders = new Map<string, number>();
  const act = (call: ScriptedCall) => {
    const order = call.headers.get('x-order');
    if (order !== null) orders.set(order, (orders.get(order) ?? 0) + 1);
    return { status: 200, delayMs: 5 };
  };
  let second = -1;
  let taken = 0;
  const answers: Record<string, (call: ScriptedCall) => ScriptedStep> = {
    // The worst kind of black hole: it acts, and its answers are lost.
    [PREFERRED]: (call) => {
      const step = act(call);
      return call.at < RECOVERS_AT ? 'hangs' : step;
    },
    [THROTTLED]: (call) => {
      const now = Math.floor(call.at / 1000);
      taken = now === second ? taken + 1 : 1;
      second = now;
      return taken > ACCEPTED ? { status: 429, headers: { 'retry-after': '1' } } : act(call);
    },
    [REVOKED]: () => 401,
    [SPARE]: act,
  };
  const step = (call: ScriptedCall) => answers[new URL(call.url).origin]!(call);
  const upstream = scriptedFetch([repeat(step as never)], { clock });
  const fetch = resilientFetch(upstream, {
    clock,
    random: () => 0.5,
    endpoints: endpoints(
      [PREFERRED, THROTTLED, REVOKED, SPARE].map((url) => ({ url, headers: { 'x-api-key': url } })),
      { clock, firstByteTimeoutMs: FIRST_BYTE_MS },
    ),
  });

  let succeeded = 0;
  let ordersSucceeded = 0;
  const call = async (index: number): Promise<void> => {
    await sleep(clock, (index * 1000) / PER_SECOND);
    const got = fetch(`${PREFERRED}/things`).then(
      ({ ok }) => void (succeeded += Number(ok)),
      () => {},
    );
    if (index % 10 !== 5) return got;
    const headers = { 'x-order': String(index) };
    const posted = fetch(`${PREFERRED}/orders`, { method: 'POST', body: 'order', headers });
    await posted.then(
      ({ ok }) => void (ordersSucceeded += Number(ok)),
      (error: unknown) => expect(reportOf(error)).toBeDefined(),
    );
    return got;
  };
  await clock.run(Promise.all(Array.from({ length: CALLS }, (_, index) => call(index))));
  const requests = upstream.calls.map(({ url, at, method }) => ({ url, at, method }));
  const firstFailoverMs = requests.find(({ url }) => !url.startsWith(PREFERRED))?.at ?? Infinity;
  await clock.advance(60_000);
  expect(clock.pendingTimers).toBe(0);
  return { requests, succeeded, firstFailoverMs, orders, ordersSucceeded };
}

describe('of three endpoints one is black-holed, one throttles, one has a revoked key, and a fourth works', () => {
  let seen: Seen;
  beforeAll(async () => {
    seen = await tenThousandCalls();
  }, 120_000);

  test('99.9 % of 10,000 idempotent calls succeed', () => {
    expect(seen.succeeded).toBeGreaterThanOrEqual(CALLS * 0.999);
  });

  test('at most 3 % more requests are sent', () => {
    const gets = seen.requests.filter(({ method }) => method === 'GET').length;
    expect(gets / CALLS).toBeLessThanOrEqual(1.03);
    expect(seen.requests.length / (CALLS * 1.1)).toBeLessThanOrEqual(1.03);
  });

  test('the first call goes on after its first-byte timeout, and not later', () => {
    expect(seen.firstFailoverMs).toBe(FIRST_BYTE_MS);
  });

  test('within 5 s of its recovery all calls are back at the preferred endpoint', () => {
    const later = seen.requests.filter(({ at }) => at > RECOVERS_AT + 5_000);
    expect(later.length).toBeGreaterThan(3_000);
    expect(later.filter(({ url }) => !url.startsWith(PREFERRED))).toEqual([]);
  });

  test('no POST is acted on twice, and those that found a server in order succeed', () => {
    expect(seen.orders.size).toBeGreaterThan(900);
    expect([...seen.orders.values()].filter((times) => times > 1)).toEqual([]);
    expect(seen.ordersSucceeded).toBeGreaterThanOrEqual(980);
  });

  test('the revoked key is asked as seldom as outMs says', () => {
    expect(seen.requests.filter(({ url }) => url.startsWith(REVOKED)).length).toBeLessThan(5);
  });
});
