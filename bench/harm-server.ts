import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChildProcess } from 'node:child_process';
import { startChild } from './child-process.ts';
import { groupOf, type Answer, type Scenario } from './harm-scenario.ts';

const SEED = 20_261_128;

/** What the server tells whenever it changes. */
export interface ServerState {
  /** The last time that it was told, in milliseconds of the scenario. */
  readonly nowMs: number;
  /** Requests that wait for their answers. */
  readonly holding: number;
  /** When the next answer is due; `null` where none is. */
  readonly nextMs: number | null;
  /** How many requests of each group have come. */
  readonly sent: Readonly<Record<string, number>>;
}

/** What the driver tells the server: what time it is. */
interface Tick {
  readonly nowMs: number;
  readonly epochMs: number;
}

/** Misbehaves as the scenario says, on the time that its driver tells. */
export async function serveScenario(scenario: Scenario): Promise<void> {
  process.once('disconnect', () => process.exit(0));
  const random = randomOf(SEED);
  const accepted = new Map<string, number>();
  const sent: Record<string, number> = {};
  const held = new Set<{ readonly dueAt: number; readonly write: () => void }>();
  let tick: Tick = { nowMs: 0, epochMs: 0 };
  let isTelling = false;

  const tell = () => {
    isTelling = false;
    const next = Math.min(...Array.from(held, ({ dueAt }) => dueAt));
    const nextMs = Number.isFinite(next) ? next : null;
    process.send?.({ nowMs: tick.nowMs, holding: held.size, nextMs, sent } satisfies ServerState);
  };
  // Many requests in one turn are one message.
  const changed = () => {
    if (!isTelling) setImmediate(tell);
    isTelling = true;
  };

  const respond = (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const { name: group } = groupOf(scenario, request.url ?? '/', request.headers.authorization);
    const count = (sent[group] = (sent[group] ?? 0) + 1);
    const { nowMs, epochMs } = tick;
    const seconds = nowMs / 1000;
    const answer = scenario.answer({ group, count, seconds, epochMs, random, accepted });
    const date = new Date(epochMs).toUTCString();
    const exchange = {
      dueAt: nowMs + scenario.latencyMs,
      write: () => write(response, answer, date),
    };
    held.add(exchange);
    // Its client gave up.
    response.once('close', () => void (held.delete(exchange) && changed()));
    changed();
  };

  process.on('message', (next: Tick) => {
    tick = next;
    for (const exchange of held) {
      if (exchange.dueAt > tick.nowMs) continue;
      held.delete(exchange);
      exchange.write();
    }
    changed();
  });

  const server = createServer(respond);
  server.keepAliveTimeout = 0;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function write(
  response: ServerResponse,
  { status, headers, body = '{"ok":true}' }: Answer,
  date: string,
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    date,
    ...headers,
  });
  response.end(body);
}

/** A server in a process of its own, as its driver sees it. */
export interface DrivenServer {
  readonly origin: string;
  readonly process: ChildProcess;
}

export async function startScenarioServer(row: string): Promise<DrivenServer> {
  const child = startChild({ name: 'harm-server', input: { row } });
  const [origin] = (await once(child, 'message')) as [string];
  return { origin, process: child };
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
