import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reportOf, resilientFetch, type ResilienceEvent } from '../../src/index.ts';
import { pause } from '../integration/plain-server.ts';
import { findNginx, freePort, startNginx, type Nginx } from './nginx.ts';
import { rawServer, type RawServer } from './raw-server.ts';
import { DYING_BODIES, answer, silence } from './wire-faults.ts';

const binary = findNginx();
const withNginx = binary === undefined ? describe.skip : describe;

let nginx: Nginx;
let silent: RawServer;
let dying: RawServer;
let deadPort: number;

beforeAll(async () => {
  if (binary === undefined) return;
  silent = await rawServer(() => silence);
  dying = await rawServer(() => DYING_BODIES['a body shorter than its length']!);
  deadPort = await freePort();
  nginx = await startNginx(
    binary,
    `
    location /limited-429 { limit_req zone=a; limit_req_status 429; proxy_pass http://127.0.0.1:$server_port/up; }
    location /limited-503 { limit_req zone=b burst=2 nodelay; proxy_pass http://127.0.0.1:$server_port/up; }
    location /hinted { limit_req zone=c; limit_req_status 429; error_page 429 = @hinted; proxy_pass http://127.0.0.1:$server_port/up; }
    location @hinted { internal; add_header Retry-After 1 always; return 429 'slow down'; }
    location /dead { proxy_pass http://127.0.0.1:${deadPort}; }
    location /slow { proxy_pass ${silent.url}; proxy_read_timeout 300ms; }
    location /dying { proxy_pass ${dying.url}; }
    location /hangs-up { return 444; }
    location /small { client_max_body_size 10; proxy_pass http://127.0.0.1:$server_port/up; }
    location /closed { deny all; }
    location / { return 404; }
    `,
    `
    limit_req_zone $server_addr zone=a:1m rate=5r/s;
    limit_req_zone $server_addr zone=b:1m rate=5r/s;
    limit_req_zone $server_addr zone=c:1m rate=5r/s;
    `,
  );
});
afterAll(async () => {
  await nginx?.close();
  await silent?.close();
  await dying?.close();
});

const outcomeOf = (response: Response) =>
  reportOf(response)?.attempts.map(({ classification }) => [
    classification?.status,
    classification?.category,
  ]);

const thrice = <T>(one: T): T[] => [one, one, one];

const QUICK = { retry: { maxRetries: 2, baseDelayMs: 5 }, rateLimit: false } as const;

withNginx('behind nginx', () => {
  test('limit_req with 429 is a throttle: all of five callers get through, a POST too', async () => {
    const events: ResilienceEvent[] = [];
    const fetch = resilientFetch(undefined, {
      retry: { maxRetries: 10 },
      onEvent: (event) => void events.push(event),
    });
    const calls = Array.from({ length: 5 }, (_, index) =>
      fetch(`${nginx.url}/limited-429`, index % 2 === 0 ? {} : { method: 'POST', body: 'hello' }),
    );
    const responses = await Promise.all(calls);
    expect(responses.map(({ status }) => status)).toEqual(Array(5).fill(200));
    for (const response of responses) await response.text();
    const failures = events.filter(
      (event) => event.type === 'attempt-ended' && event.classification.category !== 'success',
    );
    expect(failures.length).toBeGreaterThan(0);
    for (const event of failures) {
      expect(event).toMatchObject({ classification: { category: 'throttle', status: 429 } });
    }
    // The circuit is no limiter's business.
    expect(events.some(({ type }) => type === 'circuit-changed')).toBe(false);
  });

  test('limit_req as it comes, with 503, is tried again: all of ten callers get through', async () => {
    // A bare 503 is no throttle: ten callers that have had no answer yet want more than their budget.
    const retry = { maxRetries: 12, budget: false } as const;
    const fetch = resilientFetch(undefined, { retry, circuitBreaker: false });
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => fetch(`${nginx.url}/limited-503`)),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const failed = responses
      .flatMap((response) => reportOf(response)?.attempts ?? [])
      .flatMap(({ classification }) => classification ?? [])
      .filter(({ category }) => category !== 'success');
    expect(failed.length).toBeGreaterThan(0);
    for (const one of failed) {
      expect(one).toMatchObject({ status: 503, category: 'retryable', unprocessed: false });
    }
    for (const response of responses) await response.text();
  });

  test('a Retry-After in front of limit_req is waited for by everybody', async () => {
    const fetch = resilientFetch(undefined, { retry: { maxRetries: 10 } });
    const responses = await Promise.all(
      Array.from({ length: 4 }, () => fetch(`${nginx.url}/hinted`)),
    );
    for (const response of responses) {
      expect(response.status).toBe(200);
      await response.text();
      for (const { classification } of reportOf(response)?.attempts.slice(0, -1) ?? []) {
        expect(classification).toMatchObject({ category: 'throttle', retryAfterMs: 1000 });
      }
    }
    const waits = responses.flatMap((response) => reportOf(response)?.attempts.slice(1) ?? []);
    expect(waits.length).toBeGreaterThan(0);
    for (const { waitedMs, queuedMs } of waits) {
      expect(waitedMs + queuedMs).toBeGreaterThanOrEqual(1000);
    }
  });

  test('a dead upstream is a 502: retried, and the last one comes back whole', async () => {
    const response = await resilientFetch(undefined, QUICK)(`${nginx.url}/dead`);
    expect(outcomeOf(response)).toEqual(thrice([502, 'retryable']));
    expect(await response.text()).toContain('502 Bad Gateway');
  });

  test('a POST that met a 502 is not repeated', async () => {
    const response = await resilientFetch(undefined, QUICK)(`${nginx.url}/dead`, {
      method: 'POST',
      body: 'hello',
    });
    expect(outcomeOf(response)).toEqual([[502, 'retryable']]);
  });

  test('an upstream that comes up in the meantime answers the retry', async () => {
    const call = resilientFetch(undefined, {
      retry: { maxRetries: 20, baseDelayMs: 50, maxDelayMs: 50, jitter: 'none' },
    })(`${nginx.url}/dead`);
    await pause(120);
    const risen = await rawServer(() => answer(), undefined, deadPort);
    try {
      const response = await call;
      expect(await response.text()).toBe('all is well');
      const statuses = outcomeOf(response)?.map(([status]) => status);
      expect(statuses?.[0]).toBe(502);
      expect(outcomeOf(response)?.at(-1)?.[1]).toBe('success');
    } finally {
      await risen.close();
    }
  });

  test('a slow upstream is a 504: a GET is tried again, a POST is not', async () => {
    const fetch = resilientFetch(undefined, QUICK);
    const got = await fetch(`${nginx.url}/slow`);
    expect(outcomeOf(got)).toEqual(thrice([504, 'retryable']));
    const posted = await fetch(`${nginx.url}/slow`, { method: 'POST', body: 'hello' });
    expect(outcomeOf(posted)).toEqual([[504, 'retryable']]);
    expect(await posted.text()).toContain('504 Gateway Time-out');
  });

  test('an upstream that dies within its body: the response is the caller’s, once', async () => {
    const response = await resilientFetch(undefined, QUICK)(`${nginx.url}/dying`);
    expect(outcomeOf(response)).toEqual([[undefined, 'success']]);
    await expect(response.text()).rejects.toMatchObject({ message: 'terminated' });
  });

  test('a connection that nginx hangs up (444) is a lost one: tried again, then fetch’s own error', async () => {
    const error: unknown = await resilientFetch(
      undefined,
      QUICK,
    )(`${nginx.url}/hangs-up`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'TypeError', cause: { code: 'UND_ERR_SOCKET' } });
    expect(reportOf(error)?.attempts).toHaveLength(3);
  });

  test.each([
    ['a body that is too large (413)', '/small', { method: 'PUT', body: 'x'.repeat(100) }, 413],
    ['a place that is closed (403)', '/closed', {}, 403],
    ['a place that is not there (404)', '/nowhere', {}, 404],
  ])('%s is fatal: one attempt', async (_what, path, init, status) => {
    const response = await resilientFetch(undefined, QUICK)(`${nginx.url}${path}`, init);
    expect(outcomeOf(response)).toEqual([[status, 'fatal']]);
    expect(await response.text()).toContain(String(status));
  });

  test('nginx restarts amid traffic, and calls fail only while its circuit is open', async () => {
    const fetch = resilientFetch(undefined, {
      retry: { maxRetries: 30, baseDelayMs: 20, maxDelayMs: 100 },
      circuitBreaker: { mode: 'classic', openMs: 50, maxOpenMs: 50 },
      rateLimit: { ratePerSecond: 200 },
    });
    const statuses: number[] = [];
    const errors: unknown[] = [];
    let isOver = false;
    const callers = Array.from({ length: 10 }, async () => {
      while (!isOver) {
        try {
          const response = await fetch(`${nginx.url}/up`);
          await response.text();
          statuses.push(response.status);
        } catch (error) {
          errors.push(error);
        }
      }
    });
    await pause(200);
    await nginx.quit();
    await pause(300);
    await nginx.start();
    await pause(500);
    isOver = true;
    await Promise.all(callers);
    expect(statuses.length).toBeGreaterThan(20);
    expect(new Set(statuses)).toEqual(new Set([200]));
    // Only calls that the breaker refused failed, or refused to repeat: these have the last error.
    for (const error of errors) {
      const isRefusal = (error as { kind?: string }).kind === 'circuit-open';
      if (!isRefusal) expect(reportOf(error)?.stoppedBecause).toMatch(/circuit is open/);
    }
  });
});
