import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hurriedAt, hurry, tellAndAwaitBegin, type Hurry } from './harm-clock.ts';
import { groupOf, type Answer, type Scenario } from './harm-scenario.ts';

const LATENCY_MS = 20;
const SEED = 20_261_128;

/** How many requests of each group a server has seen. */
export type Sent = Readonly<Record<string, number>>;

/** A path that no group asks for. */
export const WARM_UP_PATH = '/warm-up';

/**
 * Misbehaves as the scenario says, on a port of its own for every client. Tells the parent the
 * origins, and later, when it is asked, what each of them has seen.
 */
export async function serveScenario(
  scenario: Scenario,
  clients: readonly string[],
  time: Hurry,
): Promise<void> {
  hurry(time);
  process.once('disconnect', () => process.exit(0));
  const sent = clients.map((): Record<string, number> => ({}));
  let begunAt = Infinity;
  const origins = await Promise.all(
    sent.map((counts) => listen(scenario, counts, () => Date.now() - begunAt)),
  );
  begunAt = hurriedAt(time, await tellAndAwaitBegin(origins));
  process.on('message', () => process.send?.(sent));
}

/** What it knows of one client begins anew with each of them. */
async function listen(
  scenario: Scenario,
  counts: Record<string, number>,
  elapsedMs: () => number,
): Promise<string> {
  const random = randomOf(SEED);
  const accepted = new Map<string, number>();
  const respond = (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const { url = '/' } = request;
    if (url === WARM_UP_PATH) return write(response, { status: 200 });
    const group = groupOf(scenario, url, request.headers.authorization).name;
    const count = (counts[group] = (counts[group] ?? 0) + 1);
    const seconds = elapsedMs() / 1000;
    const answer = scenario.answer({
      group,
      count,
      seconds,
      epochMs: Date.now(),
      random,
      accepted,
    });
    setTimeout(() => write(response, answer), LATENCY_MS);
  };
  const server = createServer(respond);
  server.keepAliveTimeout = 60_000;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function write(response: ServerResponse, { status, headers, body = '{"ok":true}' }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // Node's own date would be that of the machine.
    date: new Date(Date.now()).toUTCString(),
    ...headers,
  });
  response.end(body);
}

/** A small generator of numbers from 0 to 1 (mulberry32), the same sequence for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
