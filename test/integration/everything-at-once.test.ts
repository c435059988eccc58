import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  circuitBreaker,
  coalesce,
  concurrencyLimit,
  controlOf,
  definePolicy,
  endpoints,
  eventStreams,
  fallback,
  hedge,
  lastGood,
  pipeline,
  reportOf,
  type ResilienceEvent,
} from '../../src/index.ts';
import { resilientFetch } from '../../src/opentelemetry.ts';
import { usageLimits, usageOf } from '../../src/usage.ts';
import { eventually, pause, plainServer, type Answer, type PlainServer } from './plain-server.ts';
import { readToEnd } from '../http/streams/read-to-end.ts';

const SSE = { 'content-type': 'text/event-stream' };
const USED = { usage: { prompt_tokens: 20, completion_tokens: 50, total_tokens: 70 } };
const eventOf = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const word = (index: number): string => eventOf({ choices: [{ delta: { content: `é${index}` } }] });
const OVERLOADED = eventOf({ error: { code: 'overloaded_error', message: 'Overloaded' } });
const WHOLE = [word(1), word(2), eventOf({ choices: [], ...USED }), 'data: [DONE]\n\n'];
const ESTIMATE = 1000;

const streamed =
  (events: readonly string[], end: 'ends' | 'breaks' | 'hangs' = 'ends'): Answer =>
  (_request, response) => {
    response.writeHead(200, SSE);
    response.flushHeaders();
    for (const event of events) response.write(event);
    if (end === 'ends') response.end();
    // What was written has to be on its way first.
    if (end === 'breaks') setTimeout(() => response.destroy(), 30);
  };

const json: Answer = (_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(USED));
};

let servers: readonly PlainServer[];
let answers: Answer[];
beforeEach(async () => {
  const answered: Answer = (request, response, number) =>
    (answers.length > 1 ? answers.shift() : answers[0])?.(request, response, number);
  servers = await Promise.all([plainServer(answered), plainServer(answered)]);
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

const requests = () => servers.reduce((sum, { counts }) => sum + counts.requests, 0);
const isIdle = () => eventually(() => servers.every(({ counts }) => counts.inFlight === 0));

/** Every layer that a fetch can have. */
function everything({ hedgeAfterMs = 10_000, baseDelayMs = 5 } = {}) {
  const urls = servers.map(({ url }) => ({ url }));
  /** What the breaker is told: that an attempt left, and how a stream went. */
  const votes: string[] = [];
  const heard = definePolicy({
    enter() {},
    left: (_pass, { classification }) => void votes.push(`left ${classification?.category}`),
    streamEnded: ({ record }) => void votes.push(`stream ${record.classification?.category}`),
  });
  const events: ResilienceEvent[] = [];
  const fetch = resilientFetch(globalThis.fetch, {
    streams: eventStreams({ streamIdleTimeoutMs: 300 }),
    rateLimit: usageLimits({
      limits: [
        { per: 'day', requests: 1e6 },
        { per: 'day', tokens: 1e6, cost: () => ESTIMATE, settle: usageOf },
      ],
    }),
    circuitBreaker: pipeline(circuitBreaker(), heard),
    random: () => 0.5,
    retry: { baseDelayMs, unsafeMethods: 'retry' },
    hedge: hedge({ delayMs: hedgeAfterMs, maxHedgeRatio: 1 }),
    endpoints: endpoints(urls),
    concurrency: concurrencyLimit({ maxConcurrent: 10 }),
    coalesce: coalesce(),
    fallback: fallback({ lastGood: lastGood() }),
    onEvent: (event) => void events.push(event),
  });
  const control = controlOf(fetch);
  /** What is taken of the limits of tokens at both endpoints. */
  const taken = () => {
    const states = urls.map(({ url }) => control.state(url).usage[1]);
    return states.reduce((sum, state) => sum + (state ? state.amount - state.left : 0), 0);
  };
  const url = servers[0]!.url;
  return { fetch, url, events, control, taken, votes };
}

const ended = (events: readonly ResilienceEvent[]) =>
  events.filter(({ type }) => type === 'attempt-ended').length;

describe('with every layer on at once, a stream', () => {
  test('is byte for byte the server’s, settles its usage once, and has its report', async () => {
    answers = [streamed(WHOLE)];
    const { fetch, url, events, taken, votes } = everything();
    const response = await fetch(url);
    expect(await response.text()).toBe(WHOLE.join(''));
    expect(reportOf(response)?.attempts).toMatchObject([{ classification: { stream: 'begun' } }]);
    expect([requests(), ended(events), response.url]).toEqual([1, 1, `${url}/`]);
    expect(taken()).toBe(70);
    expect(votes).toEqual(['left success', 'stream success']);
    expect(await isIdle()).toBe(true);
  });

  test('that fails with its first event is asked for elsewhere, and what it took comes back', async () => {
    answers = [streamed([OVERLOADED]), streamed(WHOLE)];
    const { fetch, url, events, taken } = everything();
    const response = await fetch(url, { method: 'POST', body: '{}' });
    expect(await response.text()).toBe(WHOLE.join(''));
    expect(reportOf(response)?.attempts).toHaveLength(2);
    expect([requests(), ended(events)]).toEqual([2, 2]);
    expect(taken()).toBe(70);
    expect(await isIdle()).toBe(true);
  });

  test('that breaks off reaches its reader, settles for the estimate, and is told once', async () => {
    answers = [streamed([word(1)], 'breaks')];
    const { fetch, url, events, taken, votes } = everything();
    const response = await fetch(url);
    const { text, error } = await readToEnd(response);
    expect([text, (error as Error).message]).toEqual([word(1), 'terminated']);
    expect(events.filter(({ type }) => type === 'stream-failed')).toHaveLength(1);
    expect(votes).toEqual(['left success', 'stream retryable']);
    expect(reportOf(response)?.attempts[0]?.streamFailure).toMatchObject({ category: 'retryable' });
    expect(taken()).toBe(ESTIMATE);
    expect(await isIdle()).toBe(true);
  });

  test('that falls silent ends in time, and settles for the estimate', async () => {
    answers = [streamed([word(1)], 'hangs')];
    const { fetch, url, taken } = everything();
    const { text, error } = await readToEnd(await fetch(url));
    expect([text, (error as { kind?: string }).kind]).toEqual([word(1), 'timeout']);
    expect(taken()).toBe(ESTIMATE);
    expect(await isIdle()).toBe(true);
  });

  test('that several share is one request for all, each with its bytes and the one report', async () => {
    answers = [
      (_request, response) => {
        setTimeout(() => streamed(WHOLE)(_request, response, 1), 50);
      },
    ];
    const { fetch, url, taken } = everything();
    const responses = await Promise.all([fetch(url), fetch(url), fetch(url)]);
    const texts = await Promise.all(responses.map((response) => response.text()));
    expect(new Set(texts)).toEqual(new Set([WHOLE.join('')]));
    expect(requests()).toBe(1);
    const ids = responses.map((response) => reportOf(response)?.callId);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toEqual(expect.any(String));
    expect(taken()).toBe(70);
    expect(await isIdle()).toBe(true);
  });

  test('of a hedge that has lost is given up, and only the winner’s is settled by what it says', async () => {
    answers = [streamed([': ping\n\n'], 'hangs'), streamed(WHOLE)];
    const { fetch, url, events, taken } = everything({ hedgeAfterMs: 30 });
    const response = await fetch(url);
    expect(await response.text()).toBe(WHOLE.join(''));
    expect(requests()).toBe(2);
    expect(await isIdle()).toBe(true);
    expect(ended(events)).toBe(2);
    expect(taken()).toBe(ESTIMATE + 70);
  });
});

describe('with every layer on at once, an answer', () => {
  test('that is kept answers for a later failure, and settles once though it is read twice', async () => {
    answers = [json, (_request, response) => void response.writeHead(404).end()];
    const { fetch, url, taken } = everything();
    const first = await fetch(url);
    expect(await first.json()).toEqual(USED);
    expect(taken()).toBe(70);
    answers = [(_request, response) => void response.writeHead(500).end()];
    const second = await fetch(url);
    expect(await second.json()).toEqual(USED);
    expect(reportOf(second)?.answeredBy).toBe('fallback');
    expect(await isIdle()).toBe(true);
  });
});

describe('with every layer on at once, an abort', () => {
  const SLOW: Answer = () => {};
  test.each<[string, Answer]>([
    ['before the headers', SLOW],
    ['while the answer is held', streamed([': ping\n\n'], 'hangs')],
    ['while the body is read', streamed([word(1)], 'hangs')],
    ['while a repetition waits', (_request, response) => void response.writeHead(503).end()],
  ])(
    '%s gives its own reason at once, and leaves no socket, place or line',
    async (_when, answer) => {
      answers = [answer];
      const { fetch, url, control, taken } = everything({ baseDelayMs: 2000 });
      const caller = new AbortController();
      const reason = new Error('enough');
      const running = fetch(url, { signal: caller.signal }).then(readToEnd);
      await pause(60);
      caller.abort(reason);
      const startedAt = performance.now();
      const outcome = await running.catch((error: unknown) => ({ error }));
      expect(performance.now() - startedAt).toBeLessThan(100);
      expect(outcome.error).toBe(reason);
      // What was asked may have cost all that it was estimated at.
      expect(taken()).toBe(requests() * ESTIMATE);
      expect(await isIdle()).toBe(true);
      for (const { url: key } of servers) {
        const { waiting, concurrency } = control.state(key);
        expect([waiting, concurrency?.inFlight ?? 0]).toEqual([0, 0]);
      }
    },
  );
});
