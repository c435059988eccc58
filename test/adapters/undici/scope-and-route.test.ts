import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, Client, fetch, request } from 'undici';
import {
  circuitBreaker,
  definePolicy,
  pipeline,
  type ResilienceEvent,
} from '../../../src/index.ts';
import { virtualClock } from '../../../src/testing.ts';
import {
  resilient,
  type DispatchReadingOptions,
  type ResilientDispatcherOptions,
} from '../../../src/undici.ts';
import { pause, plainServer, type PlainServer } from '../../integration/plain-server.ts';

/** Throttles tenant A, fails on `/reports/…`, and answers everything else. */
let server: PlainServer;
let agent: Agent;
beforeEach(async () => {
  agent = new Agent();
  server = await plainServer((incoming, response) => {
    if (incoming.headers['x-api-key'] === 'tenant-a') response.statusCode = 429;
    else if (incoming.url?.startsWith('/reports/')) response.statusCode = 500;
    response.end();
  });
});
afterEach(async () => {
  await agent.destroy();
  await server.close();
});

/** What a policy is told of a request, after an answer. */
async function told(
  send: (dispatcher: Agent, url: string) => Promise<unknown>,
  options: DispatchReadingOptions = {},
) {
  const seen: { scope: string; route: string; method: string | undefined }[] = [];
  const observer = definePolicy({
    enter: () => undefined,
    left: (_pass, _attempt, { scope, route, method }) => void seen.push({ scope, route, method }),
  });
  await send(agent.compose(resilient(observer, options)) as Agent, server.url);
  return seen[0]!;
}

describe('a policy of a dispatcher is told', () => {
  test('the key as scope and the folded path as route', async () => {
    const seen = await told((dispatcher, url) =>
      request(`${url}/users/123?secret=1`, { dispatcher }),
    );
    expect(seen).toEqual({ scope: server.url, route: 'GET /users/:id', method: 'GET' });
  });

  test.each<[string, () => unknown]>([
    ['a record', () => ({ 'X-API-Key': 'k' })],
    ['a flat list', () => ['x-api-key', 'k']],
    ['a map', () => new Map([['x-api-key', 'k']])],
  ])('whose credential it was, by %s of headers', async (_what, headers) => {
    const { scope, route } = await told((dispatcher, url) =>
      request(`${url}/users/123`, { dispatcher, method: 'PUT', headers: headers() as never }),
    );
    expect(route).toBe('PUT /users/:id');
    expect(scope).toMatch(/^http:\/\/127\.0\.0\.1:\d+ [0-9a-f]{16}$/);
  });

  test('of undici’s own fetch too', async () => {
    const { scope, route } = await told((dispatcher, url) =>
      fetch(`${url}/users/123`, { dispatcher, headers: { authorization: 'Bearer k' } }),
    );
    expect(route).toBe('GET /users/:id');
    expect(scope).toMatch(/ [0-9a-f]{16}$/);
  });

  test('the route of a client that is bound to its origin', async () => {
    const seen: string[] = [];
    const observer = definePolicy({
      enter: () => undefined,
      left: (_pass, _attempt, { route }) => void seen.push(route),
    });
    const client = new Client(server.url);
    await client.compose(resilient(observer)).request({ path: '/users/123', method: 'GET' });
    expect(seen).toEqual(['GET /users/:id']);
    await client.destroy();
  });

  test('what the options say instead', async () => {
    const send = (dispatcher: Agent, url: string) => request(url, { dispatcher });
    const named = await told(send, { scope: 's', route: ({ method }) => `all of ${method}` });
    expect(named).toMatchObject({ scope: 's', route: 'all of GET' });
  });

  test('the default where a function of the options throws or gives no text', async () => {
    const send = (dispatcher: Agent, url: string) => request(`${url}/a`, { dispatcher });
    const options = {
      scope: () => undefined as never,
      route: () => {
        throw new Error('no route');
      },
    };
    expect(await told(send, options)).toMatchObject({ scope: server.url, route: 'GET /a' });
  });
});

test('neither is worked out for a request that nobody asks about', async () => {
  let asked = 0;
  const count = () => `${(asked += 1)}`;
  const dispatcher = agent.compose(resilient({ scope: count, route: count }));
  await (await request(server.url, { dispatcher })).body.dump();
  expect(asked).toBe(0);
});

test('wrong ones throw at construction', () => {
  expect(() => resilient({ scope: 5 as never })).toThrow(
    'resilient.scope must be a string or a function, but it is 5',
  );
  expect(() => resilient(pipeline(), { route: {} as never })).toThrow(
    'resilient.route must be a string or a function',
  );
});

describe('blame through a dispatcher', () => {
  const statusOf = async (
    dispatcher: Agent,
    path: string,
    headers: Record<string, string> = {},
  ) => {
    const { statusCode, body } = await request(server.url + path, { dispatcher, headers });
    await body.dump();
    return statusCode;
  };
  const listening = (options: ResilientDispatcherOptions) => {
    const events: ResilienceEvent[] = [];
    const onEvent = (event: ResilienceEvent) => void events.push(event);
    const dispatcher = agent.compose(resilient({ retry: false, onEvent, ...options })) as Agent;
    return { dispatcher, events };
  };

  test('one dead route does not open the circuit of its key', async () => {
    const breaker = circuitBreaker();
    const { dispatcher } = listening({ circuitBreaker: breaker });
    for (let call = 0; call < 6; call += 1) {
      expect(await statusOf(dispatcher, `/users/${call}`)).toBe(200);
      if (call < 5) expect(await statusOf(dispatcher, `/reports/${call}`)).toBe(500);
    }
    for (let call = 10; call < 20; call += 1) {
      await statusOf(dispatcher, `/reports/${call}`).catch(() => {});
    }
    expect(breaker.state(server.url)).toBe('closed');
    await expect(statusOf(dispatcher, '/reports/20')).rejects.toMatchObject({
      kind: 'circuit-open',
    });
    expect(await statusOf(dispatcher, '/users/20')).toBe(200);
  });

  /** Tenant A gets throttled until nothing more is let through, and tenant B asks once. */
  async function afterThrottlesOfA(options: ResilientDispatcherOptions) {
    // Its time stands still, so whoever has to wait waits.
    const { dispatcher, events } = listening({ clock: virtualClock(), ...options });
    for (let call = 0; call < 5; call += 1) {
      expect(await statusOf(dispatcher, '/things', { 'x-api-key': 'tenant-a' })).toBe(429);
    }
    expect(events.filter(({ type }) => type === 'key-paused')).toHaveLength(1);
    const ofB = statusOf(dispatcher, '/things/b', { 'x-api-key': 'tenant-b' });
    return Promise.race([ofB.catch(() => 'refused'), pause(200).then(() => 'waits')]);
  }

  test('the exhausted quota of tenant A does not stop tenant B', async () => {
    // All throttles are of one route: that is not what keeps tenant B apart here.
    const route = 'all';
    expect(await afterThrottlesOfA({ route })).toBe(200);
    expect(await afterThrottlesOfA({ route, scope: 'shared' })).toBe('waits');
  });
});
