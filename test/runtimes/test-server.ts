import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { SeenRequest, Step } from './program/protocol.ts';

/** The one real server that every runtime is asked to call. */
export interface TestServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What one check has told the server to do, and what has come in for it. */
interface Script {
  readonly steps: readonly Step[];
  readonly seen: SeenRequest[];
}

/** Anything goes, since a page of another origin must see all that a program elsewhere sees. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': '*',
  'access-control-max-age': '600',
};

/**
 * Starts it on 127.0.0.1. A check stores its script under an address of its own, calls that, and
 * asks what was seen; see `program/protocol.ts`.
 *
 * @param page - the modules of a page that runs the program in a browser, by path
 */
export async function testServer(page: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const scripts = new Map<string, Script>();
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    request.on('error', () => {});
    response.on('error', () => {});
    if (request.headers['access-control-request-method'] !== undefined) {
      return void response.writeHead(204, CORS).end();
    }
    const file = page[request.url ?? ''];
    if (file !== undefined) {
      const type = request.url?.endsWith('.js') ? 'text/javascript' : 'text/html';
      return void response.writeHead(200, { 'content-type': type }).end(file);
    }
    void answer(scripts, request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

async function answer(
  scripts: Map<string, Script>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, kind, id = ''] = (request.url ?? '').split(/[/?]/);
  if (kind === 'script') {
    const steps = JSON.parse((await read(request)).toString()) as readonly Step[];
    scripts.set(id, { steps, seen: [] });
    return void response.writeHead(204, CORS).end();
  }
  const script = scripts.get(id);
  if (script === undefined) return void response.writeHead(404, CORS).end('no such script');
  if (kind === 'seen') {
    return void response.writeHead(200, CORS).end(JSON.stringify(script.seen));
  }
  await play(script, request, response);
}

async function play(
  { steps, seen }: Script,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const step = steps[Math.min(seen.length, steps.length - 1)] ?? {};
  const { method = '', url = '', headers, rawHeaders } = request;
  const entry: SeenRequest = {
    method,
    url,
    headers: headers as Record<string, string>,
    headerNames: rawHeaders.filter((_, index) => index % 2 === 0),
    body: '',
    arrivedAt: performance.now(),
    leftEarly: false,
  };
  seen.push(entry);
  response.on('close', () => (entry.leftEarly = !response.writableFinished));
  if (step.fault === 'reset') return void request.socket.resetAndDestroy();
  if (step.fault === 'close') return void request.socket.end();
  if (step.fault === 'garbage') return void request.socket.end('no HTTP at all\r\n\r\n');
  entry.body = (await read(request)).toString('latin1');
  if (step.fault === 'hang') return;

  await pause(step.delayMs ?? 0);
  const { status = 200, body = '', chunks = [body], chunkDelayMs = 0 } = step;
  response.writeHead(status, { ...CORS, ...step.headers });
  response.flushHeaders();
  for (const [index, chunk] of chunks.entries()) {
    if (index > 0) await pause(chunkDelayMs);
    if (response.destroyed) return;
    response.write(chunk);
  }
  if (step.fault === 'truncate') {
    await pause(20);
    return void request.socket.resetAndDestroy();
  }
  response.end();
}

/** What came of a body, also of one that broke off. */
async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // The client has gone.
  }
  return Buffer.concat(chunks);
}
