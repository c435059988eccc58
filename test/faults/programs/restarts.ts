// A server that restarts again and again amid traffic: it stops listening, destroys its connections
// and listens again on the same port. One process calls it a hundred times a second through
// resilientFetch with its defaults. Prints how the calls ended.
//   restarts.ts 20 20260101     twenty restarts; the seed of how long each takes
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { controlOf, resilientFetch } from '../../../src/index.ts';
import { seededRandom } from '../../../src/simulator.ts';

const [restarts = '20', seed = '1'] = process.argv.slice(2);
const CALLS_EVERY_MS = 10;
/** So long after all calls are let through again. */
const RESTARTS_AFTER_MS = 1000;
/** Answers before the first restart: they earn what the calls in flight then need to be repeated. */
const QUIET_MS = 4000;
const SHORTEST_MS = 100;
const LONGEST_MS = 950;
/** Each answer takes a moment, so that a restart finds some under way. */
const ANSWERS_AFTER_MS = 15;
/** Below the ports that a system gives to connections: else a client may connect to itself. */
const PORTS = { from: 20_000, count: 10_000 };

const random = seededRandom(Number(seed), 'restarts');
const pause = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

const sockets = new Set<Socket>();
const server = createServer((_request, response) => {
  setTimeout(() => response.end('{"ok":true}'), ANSWERS_AFTER_MS);
});
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket)).on('error', () => {});
});

async function listen(port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function listenAnywhere(): Promise<number> {
  const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
  return listen(port).catch(listenAnywhere);
}

async function stop(): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}

const port = await listenAnywhere();
const origin = `http://127.0.0.1:${port}`;
const resilient = resilientFetch(fetch);
const control = controlOf(resilient);
const ends = { answered: 0, failed: 0 };
const failures: string[] = [];
const waits: number[] = [];
const outages: number[] = [];

async function call(): Promise<void> {
  const startedAt = performance.now();
  try {
    const response = await resilient(`${origin}/`);
    await response.text();
    if (!response.ok) throw new Error(`status ${response.status}`);
    ends.answered += 1;
    waits.push(performance.now() - startedAt);
  } catch (error) {
    ends.failed += 1;
    const after = Math.round(performance.now() - startedAt);
    failures.push(`${String(error)} after ${after} ms`);
  }
}

const calls: Promise<void>[] = [];
// Calls that a busy machine holds up are not made up for: they would come in bursts of their own.
const ticking = setInterval(() => calls.push(call()), CALLS_EVERY_MS);
await pause(QUIET_MS);
for (let restart = 0; restart < Number(restarts); restart += 1) {
  const lengthMs = SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS);
  // A call has four attempts: on a machine that is too busy to catch up it would meet four restarts.
  while (control.state(origin).circuit?.state !== 'closed') await pause(CALLS_EVERY_MS);
  await pause(RESTARTS_AFTER_MS);
  const stoppedAt = performance.now();
  await stop();
  await pause(lengthMs);
  await listen(port);
  outages.push(Math.round(performance.now() - stoppedAt));
}
clearInterval(ticking);
await Promise.all(calls);
await stop();
const longestWaitMs = Math.round(Math.max(...waits));
console.log(JSON.stringify({ ...ends, failures: failures.slice(0, 20), outages, longestWaitMs }));
process.exit();
