import { createServer, get, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { incomingSignal, signalOf } from '../../../src/server.ts';
import { eventually, pause } from '../../integration/plain-server.ts';
import { listening } from './framework-servers.ts';
import { useTestServers, useWarnings } from './test-servers.ts';

const servers = useTestServers();
const warnings = useWarnings();

async function start(server: Server) {
  await servers.keep(listening(server.listen(0, '127.0.0.1')));
  return (server.address() as AddressInfo).port;
}

test.each(['', 'a body'])(
  'requests sent one after the other without waiting (body: %j): all hear that the client has left',
  async (body) => {
    const signals: AbortSignal[] = [];
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        signals.push(signalOf(response), incomingSignal(request, response, { maxMs: 60_000 }));
      });
    });
    const port = await start(server);
    const request = `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const client = connect(port, '127.0.0.1', () => client.write(request.repeat(3)));
    expect(await eventually(() => signals.length === 6)).toBe(true);
    await pause(20);
    expect(signals.some(({ aborted }) => aborted)).toBe(false);
    client.destroy();
    expect(await eventually(() => signals.every(({ aborted }) => aborted))).toBe(true);
    const late = signals.map(({ reason }) => (reason as Error).name);
    expect(new Set(late)).toEqual(new Set(['AbortError']));
  },
);

test('however many signals a request has, and requests a connection: no warning, nothing left', async () => {
  const sockets = new Set<Socket>();
  const before: number[] = [];
  const after: number[] = [];
  const server = createServer((request, response) => {
    const { socket } = request;
    if (!sockets.has(socket)) before.push(socket.listenerCount('close'));
    sockets.add(socket);
    for (let i = 0; i < 20; i += 1) incomingSignal(request, response, { maxMs: 10_000 });
    setTimeout(() => response.end('fine'), 20);
    response.on('close', () => {
      setImmediate(() => after.push(socket.listenerCount('close')));
    });
  });
  const request = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
  const port = await start(server);
  const client = connect(port, '127.0.0.1', () => client.write(request.repeat(20)));
  client.resume();
  expect(await eventually(() => after.length === 20)).toBe(true);
  client.destroy();
  expect(sockets.size).toBe(1);
  // Node's own listener for the answer that is being sent has gone as well.
  expect(after.at(-1)).toBe(before[0]! - 1);
  expect(warnings).toEqual([]);
});

test('each signal of one response keeps its own deadline', async () => {
  const signals: AbortSignal[] = [];
  const server = createServer((request, response) => {
    signals.push(
      incomingSignal(request, response, { maxMs: 30 }),
      incomingSignal(request, response, { maxMs: 60_000 }),
    );
  });
  const client = get({ port: await start(server) });
  client.on('error', () => {});
  expect(await eventually(() => signals.some(({ aborted }) => aborted))).toBe(true);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  client.destroy();
  if (!signals[1]!.aborted) await once(signals[1]!, 'abort');
  expect(signals.map(({ reason }) => (reason as Error).name)).toEqual([
    'TimeoutError',
    'AbortError',
  ]);
});
