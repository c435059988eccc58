import { context, trace, type Span } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { attemptAttributes, resilientFetch } from '../../../src/opentelemetry.ts';
import { faultyServer, scriptedFetch, type FaultyServer } from '../../../src/testing.ts';
import { registerSdk, type SdkUnderTest } from './sdk-under-test.ts';

const RETRY = { baseDelayMs: 1 };

let sdk: SdkUnderTest;
let unregister: () => void;
let server: FaultyServer;
beforeEach(async () => {
  sdk = registerSdk();
  const instrumentation = new UndiciInstrumentation({ startSpanHook: attemptAttributes });
  unregister = registerInstrumentations({ instrumentations: [instrumentation] });
  server = await faultyServer();
});
afterEach(async () => {
  unregister();
  await server.close();
  await sdk.end();
});

const scopes = (): readonly string[] =>
  sdk.attempts().map(({ instrumentationScope }) => instrumentationScope.name);
const resendCounts = (spans: readonly ReadableSpan[]) =>
  spans.map(({ attributes }) => attributes['http.request.resend_count']);

describe('beside the instrumentation of undici', () => {
  test("its spans are the attempts' only ones, below the call, and know which attempt they are", async () => {
    server.play([{ kind: 'error', status: 503 }]);
    const fetch = resilientFetch(globalThis.fetch, { retry: RETRY });
    const response = await fetch(server.url);
    await response.text();
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    expect(scopes()).toEqual([
      '@opentelemetry/instrumentation-undici',
      '@opentelemetry/instrumentation-undici',
    ]);
    const [call] = sdk.calls();
    for (const attempt of sdk.attempts()) {
      expect(attempt.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
      expect(attempt.spanContext().traceId).toBe(call?.spanContext().traceId);
    }
    expect(resendCounts(sdk.attempts())).toEqual([undefined, 1]);
    expect(call?.attributes['holdfast.call.attempts']).toBe(2);
  });

  test('the duration of a request is measured once', async () => {
    const fetch = resilientFetch(globalThis.fetch);
    await (await fetch(server.url)).text();
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    expect(await sdk.counted('http.client.request.duration')).toBe(1);
    expect(await sdk.counted('holdfast.call.duration')).toBe(1);
  });

  test('a fetch that it does not see has spans of ours', async () => {
    const fetch = resilientFetch(scriptedFetch([503, 200]), { retry: RETRY });
    await fetch('https://api.example.com/');
    expect(scopes()).toEqual(['holdfast', 'holdfast']);
    expect(resendCounts(sdk.attempts())).toEqual([undefined, 1]);
    expect(sdk.attempts()[0]?.attributes['error.type']).toBe('503');
  });

  test('spans of ours are made too where they are asked for', async () => {
    const fetch = resilientFetch(globalThis.fetch, { telemetry: { attemptSpans: true } });
    await (await fetch(server.url)).text();
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    expect(scopes().toSorted()).toEqual(['@opentelemetry/instrumentation-undici', 'holdfast']);
  });

  test('no spans of ours are made where they are declined', async () => {
    const fetch = resilientFetch(scriptedFetch([200]), { telemetry: { attemptSpans: false } });
    await fetch('https://api.example.com/');
    expect(sdk.attempts()).toEqual([]);
    expect(sdk.calls()).toHaveLength(1);
  });

  test('the span of the call takes what the fetch inside says to the active span', async () => {
    const inner = async () => {
      trace.getSpan(context.active())?.setAttribute('app.user', 'ann');
      return new Response();
    };
    await resilientFetch(inner)('https://api.example.com/');
    expect(sdk.calls()[0]?.attributes['app.user']).toBe('ann');
  });
});

describe('where a wrapper of an instrumentation is around fetch', () => {
  test('its spans are the only ones', async () => {
    unregister();
    const tracer = trace.getTracer('fetch-instrumentation');
    const wrapped = Object.assign(
      () =>
        tracer.startActiveSpan('GET', (span: Span) => {
          span.end();
          return Promise.resolve(new Response());
        }),
      { __wrapped: true },
    );
    await resilientFetch(wrapped)('https://api.example.com/');
    expect(scopes()).toEqual(['fetch-instrumentation']);
    const [call] = sdk.calls();
    expect(sdk.attempts()[0]?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
  });
});
