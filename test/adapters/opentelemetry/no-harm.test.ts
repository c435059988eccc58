import { context, metrics, trace, type Tracer } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, test } from '@jest/globals';
import { controlOf, reportOf, resilientFetch as resilientFetchAlone } from '../../../src/index.ts';
import { resilientFetch as liteFetch } from '../../../src/lite.ts';
import {
  attemptAttributes,
  openTelemetry,
  resilientFetch,
  type TelemetryOptions,
} from '../../../src/opentelemetry.ts';
import { faultyServer, scriptedFetch } from '../../../src/testing.ts';
import { registerSdk } from './sdk-under-test.ts';

const RETRY = { baseDelayMs: 1 };
const HOST = 'https://api.example.com';

const failing = (): never => {
  throw new Error('the collector is gone');
};

afterEach(() => {
  for (const api of [context, trace, metrics]) api.disable();
});

describe('where no SDK is registered', () => {
  test('a call gives what it gives without telemetry, and sends the same', async () => {
    const alone = scriptedFetch([503, 200]);
    const traced = scriptedFetch([503, 200]);
    const init = { method: 'PUT', body: 'hello', headers: { 'x-one': '1' } };
    await resilientFetchAlone(alone, { retry: RETRY })(`${HOST}/a`, init);
    const response = await resilientFetch(traced, { retry: RETRY })(`${HOST}/a`, init);
    const sent = (calls: typeof alone.calls) =>
      calls.map(({ url, method, headers }) => [url, method, [...headers]]);
    expect(sent(traced.calls)).toEqual(sent(alone.calls));
    expect(reportOf(response)?.attempts).toHaveLength(2);
    expect(attemptAttributes()).toEqual({});
  });

  test('errors are the same ones, also what a fetch throws at once', async () => {
    const lost = new TypeError('fetch failed');
    const fetch = resilientFetch(() => Promise.reject(lost), { retry: false });
    await expect(fetch(HOST)).rejects.toBe(lost);
    const throwing = resilientFetch(() => {
      throw lost;
    });
    await expect(throwing(HOST)).rejects.toBe(lost);
  });
});

describe('a wrapper of telemetry', () => {
  test('looks like the fetch that it is around, and leads to its policies', async () => {
    const inner = Object.assign(async (_url: string, _init?: RequestInit) => new Response(), {
      isMine: true,
    });
    const fetch = resilientFetch(inner);
    expect([fetch.name, fetch.length, fetch.isMine]).toEqual(['', 2, true]);
    await fetch(HOST);
    expect(controlOf(fetch).keys()).toEqual([HOST]);
  });

  test('sends the body of a Request as it was, with the headers of the trace beside its own', async () => {
    const sdk = registerSdk();
    const server = await faultyServer();
    try {
      const fetch = resilientFetch(globalThis.fetch);
      const request = new Request(server.url, {
        method: 'POST',
        body: 'hello',
        headers: { 'x-one': '1', 'content-type': 'text/plain' },
      });
      await (await fetch(request)).text();
      const [received] = server.requests;
      expect(received).toMatchObject({ method: 'POST' });
      expect(received?.headers).toMatchObject({
        'x-one': '1',
        'content-type': 'text/plain',
        traceparent: expect.stringMatching(/^00-/),
      });
      expect(new TextDecoder().decode(received?.body)).toBe('hello');
    } finally {
      await server.close();
      await sdk.end();
    }
  });

  test('works around the fetch of holdfast/lite', async () => {
    const sdk = registerSdk();
    const telemetry = openTelemetry();
    const fetch = telemetry.calls(
      liteFetch(telemetry.attempts(scriptedFetch([503, 200])), { retry: RETRY }),
    );
    await fetch(HOST);
    expect([sdk.attempts().length, sdk.calls().length]).toEqual([2, 1]);
    expect(await sdk.counted('holdfast.retry.delay')).toBe(1);
    await sdk.end();
  });

  test('observes a stack without any policy too', async () => {
    const sdk = registerSdk();
    const fetch = resilientFetch(scriptedFetch([503]), {
      retry: false,
      rateLimit: false,
      circuitBreaker: false,
      attemptTimeoutMs: false,
      totalTimeoutMs: false,
    });
    await fetch(HOST);
    expect(sdk.attempts()[0]?.attributes['error.type']).toBe('503');
    expect(sdk.calls()[0]?.attributes['holdfast.outcome']).toBe('failure');
    await sdk.end();
  });
});

describe('telemetry that fails', () => {
  const broken: readonly (readonly [string, TelemetryOptions])[] = [
    [
      'a sampler',
      {
        tracerProvider: new BasicTracerProvider({
          sampler: { shouldSample: failing, toString: () => 'failing' },
        }),
      },
    ],
    [
      'a processor at the start',
      {
        tracerProvider: new BasicTracerProvider({
          spanProcessors: [
            { onStart: failing, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} },
          ],
        }),
      },
    ],
    [
      'a processor at the end',
      {
        tracerProvider: new BasicTracerProvider({
          spanProcessors: [
            { onStart() {}, onEnd: failing, forceFlush: async () => {}, shutdown: async () => {} },
          ],
        }),
      },
    ],
    ['a provider of traces', { tracerProvider: { getTracer: failing as () => Tracer } }],
    [
      'a provider of metrics',
      { meterProvider: Object.assign(new MeterProvider(), { getMeter: failing }) },
    ],
  ];

  test.each(broken)('changes no call: %s', async (_what, telemetry) => {
    const fetch = resilientFetch(scriptedFetch([503, 200, 404]), { retry: RETRY, telemetry });
    expect((await fetch(HOST)).status).toBe(200);
    expect((await fetch(HOST)).status).toBe(404);
  });
});

describe('options of telemetry', () => {
  test.each([
    [{ attemptSpans: 'never' }, "openTelemetry.attemptSpans must be true, false or 'auto'"],
    [{ maxServers: 0 }, 'openTelemetry.maxServers must be a whole number of at least 1'],
    [{ tracerProvider: {} }, 'openTelemetry.tracerProvider must be an object with getTracer()'],
    [{ sensitiveParameters: 'key' }, 'openTelemetry.sensitiveParameters must be a list of names'],
    [{ tracer: 1 }, 'openTelemetry.tracer must be left out'],
  ])('are checked: %j', (options, message) => {
    expect(() => openTelemetry(options as TelemetryOptions)).toThrow(message);
    expect(() => resilientFetch(undefined, { telemetry: options as TelemetryOptions })).toThrow(
      message,
    );
  });

  test('and so are fetches, and options of the fetch itself', () => {
    expect(() => openTelemetry().calls('fetch' as never)).toThrow(
      'openTelemetry.calls: fetch must be a function',
    );
    expect(() => openTelemetry().observe({})).toThrow(
      'controlOf must be a wrapped fetch or a policy',
    );
    expect(() => resilientFetch(undefined, { totalTimeoutMs: -1 })).toThrow(
      'resilientFetch.totalTimeoutMs',
    );
  });
});
