import { check, expectSame, expectThat, rejectionOf, type Check } from './check.ts';

/** What some runtimes refuse and others do. */
const BODY_WITH_GET = Object.freeze({ method: 'GET', body: 'none' });

/** The circuit breaker, the token bucket and results, on sockets. */
export const policies: readonly Check[] = [
  check('the breaker opens after failures and refuses without asking', async (tools) => {
    const script = await tools.scripts.play({ status: 503 });
    const fetch = tools.holdfast.resilientFetch(undefined, {
      retry: false,
      circuitBreaker: { mode: 'classic', minimumCalls: 3, openMs: 60_000 },
    });
    for (let call = 0; call < 3; call += 1) await (await fetch(script.url)).text();
    const refused = (await rejectionOf(fetch(script.url))) as {
      kind?: string;
      retryAfterMs?: number;
    };
    expectSame('kind', refused.kind, 'circuit-open');
    expectThat((refused.retryAfterMs ?? 0) > 1000, `come back in ${refused.retryAfterMs} ms`);
    expectSame('requests', (await script.seen()).length, 3);
  }),

  check('the breaker lets a probe through and closes', async (tools) => {
    const script = await tools.scripts.play({ status: 503 }, { status: 503 }, { body: 'back' });
    const fetch = tools.holdfast.resilientFetch(undefined, {
      retry: false,
      circuitBreaker: { mode: 'classic', minimumCalls: 2, openMs: 150 },
    });
    for (let call = 0; call < 2; call += 1) await (await fetch(script.url)).text();
    await rejectionOf(fetch(script.url));
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
    const circuits: (string | undefined)[] = [];
    for (let call = 0; call < 2; call += 1) {
      const response = await fetch(script.url);
      expectSame('body', await response.text(), 'back');
      circuits.push(tools.holdfast.reportOf(response)?.attempts[0]?.circuit);
    }
    expectSame('circuits', circuits, ['half-open', 'closed']);
  }),

  check('the token bucket paces', async (tools) => {
    const script = await tools.scripts.play({});
    const fetch = tools.holdfast.resilientFetch(undefined, {
      rateLimit: { ratePerSecond: 20, burst: 1 },
    });
    const calls = Array.from({ length: 6 }, async () => (await fetch(script.url)).text());
    await Promise.all(calls);
    const seen = await script.seen();
    const spanMs = (seen.at(-1)?.arrivedAt ?? 0) - (seen[0]?.arrivedAt ?? 0);
    // Five intervals of 50 ms; the first request may have been a few milliseconds on its way.
    expectThat(spanMs >= 220, `six calls came within ${spanMs} ms`);
    expectSame('requests', seen.length, 6);
  }),

  check('resultFetch never rejects', async ({ holdfast, scripts, refusedUrl }) => {
    const ok = await scripts.play({ body: 'fine' });
    const missing = await scripts.play({ status: 404 });
    const hanging = await scripts.play({ fault: 'hang' });
    const fetch = holdfast.resultFetch(
      holdfast.resilientFetch(undefined, { retry: { maxRetries: 1, baseDelayMs: 1 } }),
    );
    const kinds = [
      await fetch(ok.url),
      await fetch(missing.url),
      await fetch(refusedUrl),
      await fetch(hanging.url, { signal: AbortSignal.abort() }),
      await fetch('http://['),
      await fetch(ok.url, BODY_WITH_GET),
      await (fetch as unknown as () => ReturnType<typeof fetch>)(),
    ].map((result) => (result.isOk() ? 'ok' : result.error.kind));
    const bodyWithGet = kinds[5] === 'ok' ? 'ok' : 'unexpected';
    expectSame('kinds', kinds, [
      'ok',
      'http',
      'network',
      'aborted',
      'unexpected',
      bodyWithGet,
      'unexpected',
    ]);
  }),

  check('protect gives any function the same policies', async ({ holdfast, scripts }) => {
    const script = await scripts.play({ status: 503 }, { body: 'fine' });
    const call = holdfast.protect(holdfast.retry({ baseDelayMs: 1 }), async () => {
      const response = await fetch(script.url);
      if (!response.ok) throw Object.assign(new Error('failed'), { status: response.status });
      return response.text();
    });
    expectSame('answer', await call(), 'fine');
  }),
];
