import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, Client, request, type Dispatcher } from 'undici';
import type { ResilienceEvent } from '../../../src/index.ts';
import { resilient, type ResilientDispatcherOptions } from '../../../src/undici.ts';
import { plainServer, type PlainServer } from '../../integration/plain-server.ts';

let server: PlainServer;
let agent: Agent;
let received: { body: string; field: string | undefined }[];
beforeEach(async () => {
  received = [];
  agent = new Agent();
  server = await plainServer((incoming, response) => {
    if (incoming.url === '/first') return void response.end();
    received.push({
      body: incoming.body.toString(),
      field: incoming.headers['x-field'] as string | undefined,
    });
    response.writeHead(received.length === 1 ? 503 : 200).end();
  });
});
afterEach(async () => {
  await agent.destroy();
  await server.close();
});

const interceptor = (options: ResilientDispatcherOptions = {}) =>
  resilient({ retry: { baseDelayMs: 1, maxDelayMs: 1 }, ...options });

test('bytes that are overwritten while the first attempt waits are sent as they were', async () => {
  const dispatcher = agent.compose(interceptor({ rateLimit: { ratePerSecond: 10, burst: 1 } }));
  await (await request(`${server.url}/first`, { dispatcher })).body.dump();
  const body = Buffer.from('payload');
  const call = request(server.url, { method: 'PUT', body, dispatcher });
  body.fill('x');
  expect((await call).statusCode).toBe(200);
  expect(received.map((attempt) => attempt.body)).toEqual(['payload', 'payload']);
});

describe('headers that are changed during the backoff are repeated as they were', () => {
  const list = ['one'];
  const headers = new Headers({ 'x-field': 'one' });
  const map = new Map([['x-field', 'one']]);
  test.each<[string, object, () => void]>([
    ['a Headers', headers, () => headers.set('x-field', 'two')],
    ['a Map', map, () => map.set('x-field', 'two')],
    ['a list in a record', { 'x-field': list }, () => list.push('two')],
    ['a list in a flat list', ['x-field', list], () => list.push('two')],
    ['a list in a pair', new Set([['x-field', list]]), () => list.push('two')],
  ])('from %s', async (_what, given, change) => {
    list.splice(1);
    const onEvent = ({ type }: ResilienceEvent) => {
      if (type === 'retry-scheduled') change();
    };
    const dispatcher = agent.compose(interceptor({ onEvent }));
    await request(server.url, { headers: given as Headers, dispatcher });
    expect(received.map(({ field }) => field)).toEqual(['one', 'one']);
  });
});

test('headers that come out of an iterator are repeated', async () => {
  const headers = new Map([['x-field', 'one']]).entries() as never;
  await request(server.url, { headers, dispatcher: agent.compose(interceptor()) });
  expect(received.map(({ field }) => field)).toEqual(['one', 'one']);
});

test('headers that undici refuses are refused in its words', async () => {
  const headers = new Set([['x-field']]) as never;
  const call = request(server.url, { headers, dispatcher: agent.compose(interceptor()) });
  await expect(call).rejects.toThrow('key-value pair');
  expect(server.counts.requests).toBe(0);
});

class Computed {
  get path() {
    return '/';
  }
  get method() {
    return 'PUT';
  }
  get body() {
    return 'payload';
  }
  readonly mark = 1;
}

test.each<[string, object]>([
  ['inherited', Object.create({ path: '/', method: 'PUT', body: 'payload', mark: 1 }) as object],
  ['computed by their class', new Computed()],
])('options that are %s are repeated', async (_what, options) => {
  const client = new Client(server.url);
  const marks: unknown[] = [];
  const marking: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (given, handler) => {
    marks.push((given as { readonly mark?: unknown }).mark);
    return dispatch(given, handler);
  };
  const { statusCode } = await client.compose(marking, interceptor()).request(options as never);
  await client.close();
  expect([statusCode, received.map(({ body }) => body)]).toEqual([200, ['payload', 'payload']]);
  expect(marks).toEqual([1, 1]);
});
