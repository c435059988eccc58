import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { controlOf, tokenBucket } from '../../../src/index.ts';
import { virtualClock } from '../../../src/testing.ts';
import { resilient } from '../../../src/undici.ts';
import { plainServer, type PlainServer } from '../../integration/plain-server.ts';

/** Announces with every answer that a tenth of its limit is left. */
let server: PlainServer;
let agent: Agent;
beforeEach(async () => {
  agent = new Agent();
  server = await plainServer((_incoming, response) => {
    response.setHeader('x-ratelimit-limit', '100');
    response.setHeader('x-ratelimit-remaining', '10');
    response.setHeader('x-ratelimit-reset', '30');
    response.end('well');
  });
});
afterEach(async () => {
  await agent.destroy();
  await server.close();
});

test('a limit that an answer announces sets the pace before there is a throttle', async () => {
  const bucket = tokenBucket({ clock: virtualClock() });
  const dispatcher = agent.compose(resilient(bucket));
  const { body } = await request(`${server.url}/things`, { dispatcher });
  expect(await body.text()).toBe('well');
  const { paces } = controlOf(bucket).state(server.url);
  expect(paces).toHaveLength(1);
  // What a bucket gives that is full again in 30 s; a window would give less.
  expect(paces[0]!.ratePerSecond).toBeCloseTo(3.3, 0);
});
