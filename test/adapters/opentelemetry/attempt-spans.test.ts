import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { hedge, resilientFetch as resilientFetchAlone, type Fetch } from '../../../src/index.ts';
import { openTelemetry, resilientFetch } from '../../../src/opentelemetry.ts';
import { scriptedFetch } from '../../../src/testing.ts';
import { registerSdk, type SdkUnderTest } from './sdk-under-test.ts';

const RETRY = { baseDelayMs: 1 };
const URL = 'https://api.example.com/users/42';

const idsOf = (spans: readonly ReadableSpan[]): readonly string[] =>
  spans.map((span) => span.spanContext().spanId);

let sdk: SdkUnderTest;
beforeEach(() => {
  sdk = registerSdk();
});
afterEach(() => sdk.end());

describe('an attempt has a span', () => {
  test('of kind CLIENT with the attributes of the conventions', async () => {
    const fetch = resilientFetch(scriptedFetch([200]));
    await fetch('https://api.example.com:8443/users/42?q=a#part', { method: 'post' });
    const [span] = sdk.attempts();
    expect(span).toMatchObject({
      name: 'POST',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      instrumentationScope: { name: 'holdfast' },
    });
    expect(span?.attributes).toEqual({
      'http.request.method': 'POST',
      'server.address': 'api.example.com',
      'server.port': 8443,
      'url.full': 'https://api.example.com:8443/users/42?q=a',
      'http.response.status_code': 200,
    });
  });

  test('of its own for each repetition, which says which one it is', async () => {
    const fetch = resilientFetch(scriptedFetch([503, 503, 200]), { retry: RETRY });
    await fetch(URL);
    expect(sdk.attempts().map(({ attributes }) => attributes['http.request.resend_count'])).toEqual(
      [undefined, 1, 2],
    );
    expect(sdk.attempts().map(({ status }) => status.code)).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.ERROR,
      SpanStatusCode.UNSET,
    ]);
  });

  test('below the span of its call, which is INTERNAL and has no name of a request', async () => {
    const fetch = resilientFetch(scriptedFetch([503, 200]), { retry: RETRY });
    await trace.getTracer('app').startActiveSpan('handler', async (handler) => {
      await fetch(URL);
      handler.end();
    });
    const [call] = sdk.calls();
    const handler = sdk.spans().at(-1);
    expect(call).toMatchObject({ name: 'holdfast call', kind: SpanKind.INTERNAL });
    expect(call?.attributes).toMatchObject({
      'server.address': 'api.example.com',
      'server.port': 443,
      'holdfast.key': 'https://api.example.com',
      'holdfast.outcome': 'success',
      'holdfast.call.attempts': 2,
      'holdfast.call.id': expect.any(String),
    });
    expect(
      Object.keys(call?.attributes ?? {}).filter((name) => /^(http|url)\./.test(name)),
    ).toEqual([]);
    expect(call?.parentSpanContext?.spanId).toBe(handler?.spanContext().spanId);
    for (const attempt of sdk.attempts().filter(({ name }) => name === 'GET')) {
      expect(attempt.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    }
    expect(call?.events.map(({ name }) => name)).toEqual(['holdfast.retry-scheduled']);
    expect(call?.events[0]?.attributes?.['holdfast.message']).toMatch(
      /^api\.example\.com GET \/users\/:id: attempt 2 follows in \d+ ms, after 503$/,
    );
  });

  test.each([
    ['https://ann:secret@api.example.com/', 'https://REDACTED:REDACTED@api.example.com/'],
    ['https://a.b/?sig=x&q=1', 'https://a.b/?sig=REDACTED&q=1'],
    ['https://a.b/?Sig=x', 'https://a.b/?Sig=x'],
    [
      'https://a.b/?X-Amz-Signature=1&X-Amz-Credential=2&X-Amz-Security-Token=3&AWSAccessKeyId=4&Signature=5&X-Goog-Signature=6',
      'https://a.b/?X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED&AWSAccessKeyId=REDACTED&Signature=REDACTED&X-Goog-Signature=REDACTED',
    ],
    ['https://a.b/?key=mine&q=1', 'https://a.b/?key=REDACTED&q=1'],
  ])('whose url.full holds no credential: %s', async (url, shown) => {
    const fetch = resilientFetch(async () => new Response(), {
      telemetry: { sensitiveParameters: ['key'] },
    });
    await fetch(url);
    expect(sdk.attempts()[0]?.attributes['url.full']).toBe(shown);
  });

  test('with the error code of the body as its error.type, and the time of the headers', async () => {
    const slowBody = new Response(
      new ReadableStream({
        async start(controller) {
          await new Promise((resolve) => {
            setTimeout(resolve, 80);
          });
          controller.enqueue(new TextEncoder().encode('{"errorCode":"db_down","message":"no"}'));
          controller.close();
        },
      }),
      { status: 503, headers: { 'content-type': 'application/json' } },
    );
    const fetch = resilientFetch(async () => slowBody, { retry: false });
    await fetch(URL);
    const [span] = sdk.attempts();
    expect(span?.attributes).toMatchObject({
      'error.type': 'db_down',
      'http.response.status_code': 503,
    });
    const [seconds = 0, nanoseconds = 0] = span?.duration ?? [];
    expect(seconds * 1e3 + nanoseconds / 1e6).toBeLessThan(60);
  });

  test.each([
    [404, '404'],
    [503, '503'],
  ])(
    'with the status as its error.type where the server gives no code: %d',
    async (status, type) => {
      const fetch = resilientFetch(scriptedFetch([status]), { retry: false });
      await fetch(URL);
      expect(sdk.attempts()[0]).toMatchObject({
        attributes: { 'error.type': type },
        status: { code: SpanStatusCode.ERROR },
      });
    },
  );

  test('with the code of a lost connection, or the class of the error', async () => {
    const lost = Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    });
    for (const error of [lost, new RangeError('a bug')]) {
      const fetch = resilientFetch(() => Promise.reject(error), { retry: false });
      await expect(fetch(URL)).rejects.toBe(error);
    }
    expect(sdk.attempts().map(({ attributes }) => attributes['error.type'])).toEqual([
      'ECONNREFUSED',
      'RangeError',
    ]);
  });

  test('that is no error where the caller aborts, and so is the span of the call', async () => {
    const controller = new AbortController();
    const fetch = resilientFetch(scriptedFetch([{ status: 200, delayMs: 60_000 }]));
    const running = fetch(URL, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    for (const span of [...sdk.attempts(), ...sdk.calls()]) {
      expect(span.status.code).toBe(SpanStatusCode.UNSET);
      expect(span.attributes['error.type']).toBeUndefined();
    }
    expect(sdk.attempts()).toHaveLength(1);
    expect(sdk.calls()[0]?.attributes['holdfast.outcome']).toBe('aborted');
  });

  test('that ends with its time-out, also where the fetch inside does not heed its signal', async () => {
    const fetch = resilientFetch(() => new Promise<Response>(() => {}), {
      attemptTimeoutMs: 20,
      retry: false,
    });
    await expect(fetch(URL)).rejects.toThrow('within 20 ms');
    expect(sdk.attempts()[0]).toMatchObject({
      attributes: { 'error.type': 'TimeoutError' },
      status: { code: SpanStatusCode.ERROR },
    });
    expect(sdk.calls()[0]?.attributes).toMatchObject({
      'error.type': 'TimeoutError',
      'holdfast.outcome': 'failure',
    });
  });

  test('side by side for hedged attempts, and the one that was not needed is no error', async () => {
    const fetch = resilientFetch(scriptedFetch([{ status: 200, delayMs: 60_000 }, 200]), {
      hedge: hedge({ delayMs: 10, maxHedgeRatio: 1 }),
    });
    const response = await fetch(URL);
    expect(response.status).toBe(200);
    const [call] = sdk.calls();
    const attempts = sdk.attempts();
    expect(attempts).toHaveLength(2);
    for (const attempt of attempts) {
      expect(attempt.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
      expect(attempt.status.code).toBe(SpanStatusCode.UNSET);
    }
    expect(
      new Set(attempts.map(({ attributes }) => attributes['http.request.resend_count'])),
    ).toEqual(new Set([1, undefined]));
    expect(call?.attributes['holdfast.outcome']).toBe('success');
  });

  test('that ends with the headers of a stream, whose body goes on', async () => {
    let push: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        push = controller;
      },
    });
    const fetch = resilientFetch(async () => new Response(body));
    const response = await fetch(URL);
    expect(sdk.spans()).toHaveLength(2);
    push?.enqueue(new TextEncoder().encode('late'));
    push?.close();
    expect(await response.text()).toBe('late');
  });

  test('in the context of the fetch inside, also after waits in line', async () => {
    const active: (string | undefined)[] = [];
    const inner: Fetch = async () => {
      active.push(trace.getSpan(context.active())?.spanContext().spanId);
      return new Response();
    };
    const fetch = resilientFetch(inner, { rateLimit: { ratePerSecond: 100, burst: 1 } });
    await Promise.all([fetch(URL), fetch(URL), fetch(URL)]);
    expect(new Set(active)).toEqual(new Set(idsOf(sdk.attempts())));
    expect(active).toHaveLength(3);
    expect(new Set(sdk.attempts().map((span) => span.parentSpanContext?.spanId))).toEqual(
      new Set(idsOf(sdk.calls())),
    );
  });

  test('with the route as its template where it is asked for', async () => {
    const fetch = resilientFetch(scriptedFetch([200]), { telemetry: { urlTemplate: true } });
    await fetch(URL);
    expect(sdk.attempts()[0]).toMatchObject({
      name: 'GET /users/:id',
      attributes: { 'url.template': '/users/:id' },
    });
    expect(
      await sdk.counted('http.client.request.duration', { 'url.template': '/users/:id' }),
    ).toBe(1);
  });

  test('and none for an address that is no server', async () => {
    const response = await resilientFetch()('data:text/plain,hello');
    expect(await response.text()).toBe('hello');
    expect(sdk.spans()).toEqual([]);
  });
});

describe('the headers of the trace', () => {
  const sent = async (telemetry: object) => {
    const upstream = scriptedFetch([503, 200]);
    const fetch = resilientFetch(upstream, { retry: RETRY, telemetry });
    await fetch(URL, { headers: { accept: 'text/plain' } });
    return upstream.calls.map(({ headers }) => headers);
  };

  test('go out with each attempt, and name its span', async () => {
    const headers = await sent({});
    expect(headers.map((all) => all.get('accept'))).toEqual(['text/plain', 'text/plain']);
    expect(headers.map((all) => all.get('traceparent')?.split('-')[2])).toEqual(
      sdk.attempts().map((span) => span.spanContext().spanId),
    );
  });

  test('stay at home where they are not wanted', async () => {
    const headers = await sent({ propagate: false });
    expect(headers.map((all) => all.get('traceparent'))).toEqual([null, null]);
  });

  test('stay at home on a web page, but for its own origin', async () => {
    Object.defineProperty(globalThis, 'location', {
      value: { origin: 'https://app.example.com', href: 'https://app.example.com/' },
      configurable: true,
    });
    try {
      const foreign = await sent({});
      expect(foreign[0]?.get('traceparent')).toBeNull();
      const wanted = await sent({ propagate: true });
      expect(wanted[0]?.get('traceparent')).not.toBeNull();
    } finally {
      Reflect.deleteProperty(globalThis, 'location');
    }
  });
});

describe('without a context manager', () => {
  test('attempts find the span of their call all the same', async () => {
    await sdk.end();
    sdk = registerSdk({ keepsContexts: false });
    const fetch = resilientFetch(scriptedFetch([503, 503, 200]), { retry: RETRY });
    await fetch(URL);
    const [call] = sdk.calls();
    expect(sdk.attempts()).toHaveLength(3);
    for (const attempt of sdk.attempts()) {
      expect(attempt.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    }
    expect(call?.attributes['holdfast.call.attempts']).toBe(3);
  });
});

describe('telemetry for a stack of your own', () => {
  test('makes spans of attempts alone, with what is known when they end', async () => {
    const telemetry = openTelemetry();
    const fetch = resilientFetchAlone(telemetry.attempts(scriptedFetch([503, 200])), {
      retry: RETRY,
    });
    await fetch(URL);
    expect(sdk.calls()).toEqual([]);
    expect(sdk.attempts().map(({ attributes }) => attributes['error.type'])).toEqual([
      '503',
      undefined,
    ]);
  });
});
