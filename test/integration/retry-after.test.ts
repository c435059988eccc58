import { expect, test } from '@jest/globals';
import { resilientFetch, type Fetch } from '../../src/index.ts';
import {
  RETRY_AFTER_FORMS,
  faultyServer,
  ondemandFault,
  type OndemandErrorCode,
  type RetryAfterForm,
} from '../../src/testing.ts';

const DATE_FORMS: ReadonlySet<RetryAfterForm> = new Set(['imf-fixdate', 'rfc850', 'asctime']);
const epochOf = (date: string): number => Date.parse(date.endsWith('GMT') ? date : `${date} GMT`);

/** How long the second request came after the first one's answer, on the server's own clock. */
async function gapMs(form: RetryAfterForm, errorCode: OndemandErrorCode, ms: number) {
  const server = await faultyServer({
    faults: [ondemandFault(errorCode, { retryAfter: { form, ms } })],
  });
  try {
    let answeredAt = 0;
    let epochAtAnswer = 0;
    let header: string | null = null;
    const noting: Fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (answeredAt === 0) {
        answeredAt = performance.now();
        epochAtAnswer = Date.now();
        header = response.headers.get('retry-after');
      }
      return response;
    };
    const response = await resilientFetch(noting, { retry: { baseDelayMs: 1 } })(
      `${server.url}/plugin/v1/list`,
    );
    const [, second] = server.requests;
    const gap = second!.at - answeredAt;
    const asked = DATE_FORMS.has(form) ? epochOf(header!) - epochAtAnswer : ms;
    return { status: response.status, requests: server.requests.length, gap, asked };
  } finally {
    await server.close();
  }
}

test.concurrent.each(
  RETRY_AFTER_FORMS.flatMap((form) =>
    (['rate_limit_exceeded', 'resource_unavailable'] as const).map((code) => [form, code] as const),
  ),
)('a retry waits for Retry-After as %s of a %s, and not much longer', async (form, errorCode) => {
  const ms = form === 'float-seconds' || form === 'retry-after-ms' ? 300 : 1000;
  const { status, requests, gap, asked } = await gapMs(form, errorCode, ms);
  expect([status, requests]).toEqual([200, 2]);
  expect(gap).toBeGreaterThanOrEqual(asked);
  expect(gap).toBeLessThan(asked + 2000);
});

test('none of 100 callers that were told to wait 50 ms is a moment early', async () => {
  const server = await faultyServer();
  try {
    const hint = { form: 'retry-after-ms', ms: 50 } as const;
    server.play(ondemandFault('resource_unavailable', { retryAfter: hint }), { times: 100 });
    let early = 0;
    const caller = async (): Promise<void> => {
      let toldAt = 0;
      const noting: Fetch = async (input, init) => {
        if (toldAt > 0 && performance.now() - toldAt < hint.ms) early += 1;
        const response = await fetch(input, init);
        if (response.status === 503) toldAt = performance.now();
        return response;
      };
      const options = {
        retry: { baseDelayMs: 1, maxRetries: 100 },
        circuitBreaker: false,
      } as const;
      const response = await resilientFetch(noting, { ...options, rateLimit: false })(
        `${server.url}/plugin/v1/list`,
      );
      await response.text();
    };
    await Promise.all(Array.from({ length: 100 }, caller));
    expect(early).toBe(0);
    expect(server.requests.length).toBe(200);
  } finally {
    await server.close();
  }
});

test('a hint beyond maxRetryAfterMs ends the call at once, and the caller has the hint', async () => {
  const retryAfter = { form: 'seconds', ms: 120_000 } as const;
  const server = await faultyServer({
    faults: [ondemandFault('resource_unavailable', { retryAfter })],
  });
  try {
    const startedAt = performance.now();
    const response = await resilientFetch()(`${server.url}/plugin/v1/list`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('120');
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(server.requests).toHaveLength(1);
  } finally {
    await server.close();
  }
});
