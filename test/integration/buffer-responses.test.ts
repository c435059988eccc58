import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bufferResponses, reportOf, resilientFetch } from '../../src/index.ts';
import { faultyServer, type FaultyServer } from '../../src/testing.ts';

let server: FaultyServer;
beforeAll(async () => {
  server = await faultyServer();
});
afterAll(() => server.close());

const retry = { baseDelayMs: 1 };

test('a body that breaks off is the caller’s own affair', async () => {
  server.play({ kind: 'reset', when: 'mid-body' });
  const response = await resilientFetch(fetch, { retry })(`${server.url}/plugin/v1/list`);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow('terminated');
});

test('a body that breaks off is retried where responses are buffered', async () => {
  server.play({ kind: 'reset', when: 'mid-body' });
  const buffered = resilientFetch(bufferResponses(fetch), { retry });
  const response = await buffered(`${server.url}/plugin/v1/list`);
  expect(response.bodyUsed).toBe(false);
  expect(await response.json()).toBeDefined();
  expect(reportOf(response)?.attempts).toHaveLength(2);
  expect([buffered.name, buffered.length]).toEqual([fetch.name, fetch.length]);
});

test('a POST whose answer broke off was acted on: it is not repeated, and its error is fetch’s own', async () => {
  server.clear();
  server.play({ kind: 'reset', when: 'mid-body' });
  const buffered = resilientFetch(bufferResponses(fetch), { retry });
  const call = buffered(`${server.url}/media/v1/public/file`, { method: 'POST', body: '{}' });
  await expect(call).rejects.toThrow('terminated');
  expect(server.requests).toHaveLength(1);
});

test('a failure’s body is not waited for where responses are buffered', async () => {
  server.play({ kind: 'error', status: 404 });
  const buffered = bufferResponses(fetch);
  const response = await buffered(`${server.url}/plugin/v1/list`);
  expect(response.status).toBe(404);
  await response.body?.cancel();
});
