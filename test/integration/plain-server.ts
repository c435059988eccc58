import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A real server that answers as it is told to, and counts. */
export interface PlainServer {
  readonly url: string;
  readonly counts: PlainServerCounts;
  close(): Promise<void>;
}

interface PlainServerCounts {
  requests: number;
  connectionsOpened: number;
  /** Requests whose answer has not ended: the sockets that are in use. */
  inFlight: number;
}

export type Answer = (
  request: IncomingMessage & { readonly body: Buffer },
  response: ServerResponse,
  number: number,
) => void;

/** Starts a server on 127.0.0.1; each request is answered once its body is in. */
export async function plainServer(answer: Answer): Promise<PlainServer> {
  const counts: PlainServerCounts = { requests: 0, connectionsOpened: 0, inFlight: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    counts.requests += 1;
    counts.inFlight += 1;
    response.on('close', () => (counts.inFlight -= 1));
    const number = counts.requests;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(Object.assign(request, { body: Buffer.concat(chunks) }), response, number);
    });
  });
  server.on('connection', (socket) => {
    counts.connectionsOpened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** Waits, for a bounded time, until something on the other side of a socket has come about. */
export async function eventually(
  happened: () => boolean | Promise<boolean>,
  withinMs = 2000,
  everyMs = 5,
): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (!(await happened()) && performance.now() < until) await pause(everyMs);
  return happened();
}

export const pause = (delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
