import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { controlOf, resilientFetch } from '../../src/index.ts';
import { estimateTokens, usageLimits, usageOf, type UsageLimitOptions } from '../../src/usage.ts';
import { eventually, plainServer, type Answer, type PlainServer } from './plain-server.ts';

const TOKENS: UsageLimitOptions = {
  per: 'hour',
  tokens: 100_000,
  burst: 100_000,
  cost: estimateTokens,
  settle: usageOf,
};

/** The stream of a chat as OpenAI sends it: the usage comes last. */
const EVENTS = [
  ...Array.from(
    { length: 50 },
    (_, index) => `data: {"choices":[{"delta":{"content":"é${index}"}}]}\n\n`,
  ),
  'data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":50,"total_tokens":70}}\n\n',
  'data: [DONE]\n\n',
];

const answers: Record<string, Answer> = {
  '/json': (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"usage":{"prompt_tokens":20,"completion_tokens":50,"total_tokens":70}}');
  },
  '/stream': (_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    for (const event of EVENTS) response.write(event);
    response.end();
  },
  '/breaks': (_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write(EVENTS[0]);
    setTimeout(() => response.destroy(), 20);
  },
  '/breaks-late': (_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    const usage = { input_tokens: 100, output_tokens: 1 };
    response.write(`data: ${JSON.stringify({ type: 'message_start', message: { usage } })}\n\n`);
    setTimeout(() => response.destroy(), 20);
  },
  '/endless': (_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write(EVENTS[0]);
  },
  '/throttled': (_request, response) => {
    response.statusCode = 429;
    response.end('{"error":{"code":"rate_limit_exceeded"}}');
  },
  '/fails': (_request, response) => {
    response.statusCode = 500;
    response.end();
  },
  '/announces': (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.setHeader('x-ratelimit-limit-tokens', '100000');
    response.setHeader('x-ratelimit-remaining-tokens', '4000');
    response.setHeader('x-ratelimit-reset-tokens', '57m36s');
    response.end('{"usage":{"total_tokens":70}}');
  },
};

describe('usage limits of a fetch', () => {
  let server: PlainServer;
  beforeEach(async () => {
    server = await plainServer((request, response, number) => {
      answers[request.url ?? '']?.(request, response, number);
    });
  });
  afterEach(() => server.close());

  function limited() {
    const rateLimit = usageLimits({ limits: [{ per: 'hour', requests: 100, burst: 100 }, TOKENS] });
    const fetch = resilientFetch(globalThis.fetch, { rateLimit, retry: false });
    const body = JSON.stringify({ messages: [{ content: 'x'.repeat(400) }], max_tokens: 900 });
    const post = (path: string, init: RequestInit = {}) =>
      fetch(`${server.url}${path}`, { method: 'POST', body, ...init });
    /** What is missing of each limit; an hour's limit refills by some units while a test runs. */
    const taken = () =>
      controlOf(fetch)
        .state(server.url)
        .usage.map(({ amount, left }) => Math.round(amount - left));
    return { fetch, post, taken };
  }

  const about = (tokens: number) => [1, expect.closeTo(tokens, -2)];

  test('a body settles its call when it has been read', async () => {
    const { post, taken } = limited();
    const response = await post('/json');
    // Twice the estimate of 1,000, before anything is known of the estimates.
    expect(taken()).toEqual(about(2000));
    expect(await response.json()).toMatchObject({ usage: { total_tokens: 70 } });
    expect(taken()).toEqual([1, expect.closeTo(35, -2)]);
  });

  test('a stream settles its call by its last event, and its bytes are those of the server', async () => {
    const { post, taken } = limited();
    const response = await post('/stream');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.url).toBe(`${server.url}/stream`);
    expect(await response.text()).toBe(EVENTS.join(''));
    expect(taken()).toEqual([1, expect.closeTo(35, -2)]);
  });

  test('a stream that breaks off, or is given up, leaves the estimate', async () => {
    const { post, taken } = limited();
    await expect((await post('/breaks')).text()).rejects.toThrow('terminated');
    expect(taken()).toEqual(about(1000));
    const caller = new AbortController();
    const response = await post('/endless', { signal: caller.signal });
    const reading = response.text();
    caller.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    const reader = (await post('/endless')).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(taken()).toEqual([3, expect.closeTo(3000, -2)]);
    // What it said of itself was only the beginning.
    await expect((await post('/breaks-late')).text()).rejects.toThrow('terminated');
    expect(taken()).toEqual([4, expect.closeTo(4000, -2)]);
    await eventually(() => server.counts.inFlight === 0);
  });

  test('what the server did not do gives its tokens back, and what it may have done does not', async () => {
    const { post, taken } = limited();
    await post('/throttled');
    // A throttle says that the server has none left, whatever is reckoned with here.
    expect(taken()[0]).toBe(1);
    const other = limited();
    await other.post('/fails');
    expect(other.taken()).toEqual(about(1000));
  });

  test('what is announced corrects the limit of its unit downwards', async () => {
    const { post, taken } = limited();
    await (await post('/announces')).json();
    expect(taken()).toEqual([1, expect.closeTo(96_000, -3)]);
  });

  test('the weight of a call is what its caller says, and is not sent', async () => {
    const { fetch, taken } = limited();
    const response = await fetch(`${server.url}/fails`, {
      holdfast: { weight: 25_000 },
    } as RequestInit);
    expect(response.status).toBe(500);
    expect(taken()).toEqual([1, expect.closeTo(25_000, -2)]);
  });

  test('a call that costs more than the limit is refused, and nothing is sent', async () => {
    const { post } = limited();
    const body = JSON.stringify({ max_tokens: 100_001 });
    await expect(post('/json', { body })).rejects.toMatchObject({ kind: 'rate-limited' });
    expect(server.counts.requests).toBe(0);
  });
});
