import { describe, expect, test } from '@jest/globals';
import { anthropic, byHost, google, ondemand, openai, openrouter } from '../../../src/catalogs.ts';
import {
  controlOf,
  eventStreams,
  pipeline,
  asMiddleware,
  reportOf,
  resilientFetch,
  retry,
  type Catalog,
  type ResilienceEvent,
} from '../../../src/index.ts';
import { resilientFetch as liteFetch } from '../../../src/lite.ts';
import { virtualClock } from '../../../src/testing.ts';
import { sent, streamingFetch, type Step } from './streaming-fetch.ts';

const API = 'https://api.example.com/v1/messages';
const POST = { method: 'POST', body: '{"stream":true}' };

const start = sent({ type: 'message_start', message: { role: 'assistant' } }, 'message_start');
/** The first event of the output. */
const hello = sent(
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  'content_block_start',
);
const overloaded = sent(
  { type: 'error', error: { details: null, type: 'overloaded_error', message: 'Overloaded' } },
  'error',
);

/** The errors of providers, as their streams have them. */
const ERRORS: readonly {
  readonly what: string;
  readonly catalog: Catalog;
  readonly events: readonly string[];
  readonly category: string;
  readonly errorCode: string | undefined;
}[] = [
  {
    what: 'Anthropic, overloaded',
    catalog: anthropic,
    events: [overloaded],
    category: 'throttle',
    errorCode: 'overloaded_error',
  },
  {
    what: 'Anthropic, a rate limit after pings and comments',
    catalog: anthropic,
    events: [
      ': keep-alive\n\n',
      sent({ type: 'ping' }, 'ping'),
      sent({ type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } }, 'error'),
    ],
    category: 'throttle',
    errorCode: 'rate_limit_error',
  },
  {
    what: 'OpenAI, chat completions',
    catalog: openai,
    events: [
      sent({
        error: {
          message: 'The server is currently overloaded with other requests.',
          type: 'engine_overloaded_error',
          param: null,
          code: null,
        },
      }),
    ],
    category: 'throttle',
    errorCode: 'engine_overloaded_error',
  },
  {
    what: 'OpenAI, responses',
    catalog: openai,
    events: [
      sent(
        {
          type: 'error',
          code: 'rate_limit_exceeded',
          message: 'Rate limit reached',
          param: null,
          sequence_number: 0,
        },
        'error',
      ),
    ],
    category: 'throttle',
    errorCode: 'rate_limit_exceeded',
  },
  {
    what: 'OpenAI, a response that failed',
    catalog: openai,
    events: [
      sent(
        {
          type: 'response.failed',
          sequence_number: 0,
          response: {
            id: 'resp_1',
            status: 'failed',
            error: { code: 'rate_limit_exceeded', message: 'Rate limit reached' },
          },
        },
        'response.failed',
      ),
    ],
    category: 'throttle',
    errorCode: 'rate_limit_exceeded',
  },
  {
    what: 'Gemini',
    catalog: google,
    events: [
      sent({
        error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' },
      }),
    ],
    category: 'throttle',
    errorCode: 'UNAVAILABLE',
  },
  {
    what: 'OpenRouter',
    catalog: openrouter,
    events: [
      ': OPENROUTER PROCESSING\n\n',
      sent({
        id: 'gen-1',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'a/b',
        provider: 'p',
        error: { code: 429, message: 'Rate limited' },
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
      }),
    ],
    category: 'throttle',
    errorCode: '429',
  },
  {
    what: 'OnDemand',
    catalog: ondemand,
    events: [
      'event:heartbeat\ndata:{"time":"2026-11-01T00:00:00Z"}\n\n',
      'event:message\ndata:[ERROR]:{"message":"The model is not available","errorCode":"model_error"}\n\n',
      'event:message\ndata:[DONE]\n\n',
    ],
    category: 'retryable',
    errorCode: 'model_error',
  },
];

async function textOf(response: Response): Promise<string> {
  return response.text();
}

describe('a stream whose first event is an error', () => {
  test.each(ERRORS)('is a failed attempt, and heals: $what', async (given) => {
    const { catalog, events, category, errorCode } = given;
    for (const make of [resilientFetch, liteFetch]) {
      const clock = virtualClock();
      const upstream = streamingFetch(clock, [events, [hello]]);
      const fetch = make(upstream, { clock, catalog });
      const response = await clock.run(fetch(API, POST));
      expect(await textOf(response)).toBe(hello);
      expect(upstream.calls).toBe(2);
      const [first, second] = reportOf(response)?.attempts ?? [];
      expect(first?.classification).toMatchObject({ category, stream: 'first-event' });
      if (make === resilientFetch) expect(first?.classification?.errorCode).toBe(errorCode);
      expect(second?.classification).toMatchObject({ category: 'success', stream: 'begun' });
      expect(clock.pendingTimers).toBe(0);
    }
  });

  test('is found wherever the chunks are cut', async () => {
    const clock = virtualClock();
    const bytes = new TextEncoder().encode(`: é\r\n\r\n${overloaded}`);
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    const upstream = streamingFetch(clock, [single, [hello]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic });
    expect(await textOf(await clock.run(fetch(API, POST)))).toBe(hello);
  });

  test('reaches the caller as it came when nothing helps', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[overloaded.slice(0, 20), overloaded.slice(20)]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic, retry: { maxRetries: 2 } });
    const response = await clock.run(fetch(API, POST));
    expect(response).toMatchObject({ status: 200, ok: true, bodyUsed: false });
    expect(await textOf(response)).toBe(overloaded);
    expect(response.bodyUsed).toBe(true);
    expect(upstream.calls).toBe(3);
  });

  test('is not repeated where its request may have been acted on', async () => {
    const clock = virtualClock();
    const failed = sent({ error: { type: 'server_error', message: 'The server had an error' } });
    const upstream = streamingFetch(clock, [[failed], [hello]]);
    const fetch = resilientFetch(upstream, { clock, catalog: openai });
    expect(await textOf(await clock.run(fetch(API, POST)))).toBe(failed);
    expect(upstream.calls).toBe(1);
    const again = streamingFetch(clock, [[failed], [hello]]);
    const unsafe = { clock, catalog: openai, retry: { unsafeMethods: 'retry' as const } };
    expect(await textOf(await clock.run(resilientFetch(again, unsafe)(API, POST)))).toBe(hello);
  });

  test('that is the request’s own fault stays one', async () => {
    const clock = virtualClock();
    const invalid = sent(
      { type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long' } },
      'error',
    );
    const upstream = streamingFetch(clock, [[invalid], [hello]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic });
    const response = await clock.run(fetch(API, POST));
    expect(await textOf(response)).toBe(invalid);
    expect(reportOf(response)?.attempts).toHaveLength(1);
    expect(reportOf(response)?.attempts[0]?.classification?.category).toBe('fatal');
  });

  test('waits as long as the answer says', async () => {
    const clock = virtualClock();
    const headers = { 'retry-after': '7' };
    const upstream = streamingFetch(clock, [[overloaded], [hello]], { headers });
    await clock.run(resilientFetch(upstream, { clock, catalog: anthropic })(API, POST));
    expect(clock.now()).toBeGreaterThanOrEqual(7000);
  });

  test('counts for the breaker where the server has failed', async () => {
    const clock = virtualClock();
    const failed = sent({ error: { type: 'server_error', message: 'The server had an error' } });
    const upstream = streamingFetch(clock, [[failed]]);
    const fetch = resilientFetch(upstream, { clock, catalog: openai, retry: false });
    for (let call = 0; call < 8; call += 1) await (await clock.run(fetch(API, POST))).text();
    const { routes } = controlOf(fetch).state('https://api.example.com');
    expect(routes['POST /v1/messages']?.state).toBe('open');
  });

  test('is read by asMiddleware too, around any policy', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[overloaded], [hello]]);
    const policy = pipeline(retry({ clock }));
    const fetch = asMiddleware(policy, { streams: eventStreams() })(upstream);
    expect(await textOf(await clock.run(fetch(API)))).toBe(hello);
    expect(upstream.calls).toBe(2);
  });

  test('of JSON line by line, and of Gemini’s array, heals too', async () => {
    const clock = virtualClock();
    const error = { error: { code: 503, status: 'UNAVAILABLE', message: 'overloaded' } };
    const ndjson = { headers: { 'content-type': 'application/x-ndjson' } };
    const lines = streamingFetch(clock, [[`\n${JSON.stringify(error)}\n`], ['{"a":1}\n']], ndjson);
    const byLines = resilientFetch(lines, { clock, streams: eventStreams() });
    expect(await textOf(await clock.run(byLines(API)))).toBe('{"a":1}\n');
    const json = { headers: { 'content-type': 'application/json; charset=UTF-8' } };
    const array = streamingFetch(clock, [[`[${JSON.stringify(error)}\n]`], ['[{"a":1}]']], json);
    const gemini =
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-pro:streamGenerateContent';
    const byArray = resilientFetch(array, { clock, catalog: byHost });
    expect(await textOf(await clock.run(byArray(gemini, POST)))).toBe('[{"a":1}]');
  });
});

describe('a stream whose first event is none', () => {
  const notAnError: Record<string, string> = {
    'OpenAI’s first chunk': sent({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
    }),
    'a response without error': sent(
      { type: 'response.created', response: { id: 'r', status: 'in_progress', error: null } },
      'response.created',
    ),
    'a text about errors': sent({ choices: [{ delta: { content: '{"error": {"code": 503}}' } }] }),
    'OnDemand’s status': sent({ eventType: 'statusLog', status: 'processing', error: '' }),
    'no JSON': 'data: "error" is a word\n\n',
    'the end': 'data: [DONE]\n\n',
    nothing: '',
  };
  test.each(Object.entries(notAnError))('passes unchanged: %s', async (_what, text) => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[text].filter(Boolean)]);
    const fetch = resilientFetch(upstream, { clock, catalog: [openai, ondemand] });
    const response = await clock.run(fetch(API, POST));
    expect(await textOf(response)).toBe(text);
    expect(upstream.calls).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('is not read at all where the answer is no stream, is none of the catalog’s, or is not wanted', async () => {
    const clock = virtualClock();
    const json = streamingFetch(clock, [[overloaded]], {
      headers: { 'content-type': 'application/json' },
    });
    const plain = streamingFetch(clock, [[overloaded]]);
    const calls = [
      resilientFetch(json, { clock, catalog: anthropic })(API, POST),
      resilientFetch(plain, { clock })(API, POST),
      resilientFetch(plain, { clock, catalog: anthropic, streams: false })(API, POST),
      resilientFetch(plain, { clock, catalog: anthropic })(API, {
        ...POST,
        holdfast: { streams: false },
      }),
    ];
    for (const call of calls) {
      const response = await clock.run(call);
      expect(Object.hasOwn(response, 'url')).toBe(false);
      expect(await response.text()).toBe(overloaded);
      expect(reportOf(response)?.attempts[0]?.classification?.stream).toBeUndefined();
    }
  });

  test.each([
    ['Anthropic’s', anthropic, [start, sent({ type: 'ping' }, 'ping')]],
    [
      'OpenAI’s, which has no names',
      openai,
      [
        sent({ type: 'response.created', response: { id: 'resp_1', error: null } }),
        sent({ response: { id: 'resp_1', error: null }, type: 'response.in_progress' }),
      ],
    ],
  ] as const)('is held past a preamble: %s', async (_what, catalog, preamble) => {
    const clock = virtualClock();
    const good = [...preamble, hello];
    const upstream = streamingFetch(clock, [[...preamble, overloaded], good]);
    const fetch = resilientFetch(upstream, { clock, catalog });
    const response = await clock.run(fetch(API, POST));
    expect(upstream.calls).toBe(2);
    expect(await response.text()).toBe(good.join(''));
    const [first] = reportOf(response)!.attempts;
    expect(first?.classification).toMatchObject({ category: 'throttle', stream: 'first-event' });
  });

  test('is not held past a preamble that nobody has named', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[start, overloaded]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic, streams: eventStreams() });
    const response = await clock.run(fetch(API, POST));
    expect(upstream.calls).toBe(1);
    expect(await response.text()).toBe(start + overloaded);
  });

  test('goes on unchanged where its preamble is all there is', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[start]]);
    const response = await clock.run(
      resilientFetch(upstream, { clock, catalog: anthropic })(API, POST),
    );
    expect(await response.text()).toBe(start);
  });

  test('is handed over after maxHoldMs of signs of life, and after maxHoldBytes', async () => {
    const clock = virtualClock();
    const pings = Array.from({ length: 100 }, (): Step[] => [
      { waitMs: 1000 },
      ': ping\n\n',
    ]).flat();
    const slow = streamingFetch(clock, [[...pings, overloaded]]);
    const response = await clock.run(
      resilientFetch(slow, { clock, catalog: anthropic })(API, POST),
    );
    expect(clock.now()).toBe(30_000);
    expect(await clock.run(response.text())).toBe(`${': ping\n\n'.repeat(100)}${overloaded}`);
    const long = `data: ${'x'.repeat(1000)}`;
    const big = streamingFetch(clock, [Array.from({ length: 50 }, () => long)]);
    const streams = eventStreams();
    const unheld = await clock.run(resilientFetch(big, { clock, streams })(API, POST));
    expect(big.pulled).toBe(17);
    expect(await clock.run(unheld.text())).toBe(long.repeat(50));
  });

  test('is handed over before a timeout for its headers could strike', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[{ waitMs: 20_000 }, hello]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic, attemptTimeoutMs: 10_000 });
    const response = await clock.run(fetch(API, POST));
    expect(clock.now()).toBe(5000);
    expect(await clock.run(response.text())).toBe(hello);
    expect(upstream.calls).toBe(1);
  });

  test.each(['chunks', 'bytes'] as const)(
    'is read as its reader asks: nothing is taken ahead (%s)',
    async (kind) => {
      const clock = virtualClock();
      const upstream = streamingFetch(clock, [Array.from({ length: 100 }, () => hello)], { kind });
      const response = await clock.run(
        resilientFetch(upstream, { clock, catalog: anthropic })(API, POST),
      );
      await clock.settle();
      expect(upstream.pulled).toBe(1);
      const reader = response.body?.getReader();
      await reader?.read();
      await clock.settle();
      expect(upstream.pulled).toBe(1);
      await reader?.read();
      await clock.settle();
      expect(upstream.pulled).toBe(2);
    },
  );

  test('keeps what a response says of itself, in its clones too', async () => {
    const clock = virtualClock();
    const bare = new Response(hello, {
      status: 201,
      headers: { 'content-type': 'text/event-stream' },
    });
    Object.defineProperty(bare, 'url', { value: `${API}?moved` });
    Object.defineProperty(bare, 'redirected', { value: true });
    Object.defineProperty(bare, 'type', { value: 'cors' });
    const fetch = resilientFetch(async () => bare, { clock, catalog: anthropic });
    const response = await clock.run(fetch(API));
    expect(response).toBeInstanceOf(Response);
    const says = { status: 201, url: `${API}?moved`, redirected: true, type: 'cors' };
    expect(response).toMatchObject({ ...says, bodyUsed: false });
    const clone = response.clone();
    expect(clone).toMatchObject({ ...says, bodyUsed: false });
    expect([await response.text(), await clone.text()]).toEqual([hello, hello]);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
  });

  test('leaves a body of Node’s, as node-fetch has, alone', async () => {
    const { Readable } = await import('node:stream');
    const clock = virtualClock();
    const body = Readable.from([overloaded]);
    const headers = new Headers({ 'content-type': 'text/event-stream' });
    const answer = { ok: true, status: 200, headers, body, clone: () => answer };
    const fetch = resilientFetch(async () => answer as never, { clock, catalog: anthropic });
    expect(await clock.run(fetch(API))).toBe(answer);
  });
});

describe('the end of an attempt that has begun a stream', () => {
  test('is told when it has begun', async () => {
    const clock = virtualClock();
    const told: ResilienceEvent[] = [];
    const upstream = streamingFetch(clock, [[{ waitMs: 100 }, hello, { waitMs: 5000 }, hello]]);
    const onEvent = (event: ResilienceEvent) => void told.push(event);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic, onEvent });
    await clock.run(fetch(API, POST));
    expect(told).toMatchObject([
      { type: 'attempt-ended', durationMs: 100, classification: { stream: 'begun' } },
    ]);
  });
});
