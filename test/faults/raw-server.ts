import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** One HTTP request, read by hand, and the connection that it came on. */
export interface RawExchange {
  /** The first request of the server is 1. */
  readonly number: number;
  readonly method: string;
  readonly target: string;
  /** Names are in lower case; of a repeated one the last counts. */
  readonly headers: Readonly<Record<string, string>>;
  /** As much as has come: nothing yet at the head, all of it at the request. */
  readonly body: Buffer;
  readonly socket: Socket;
  /** Does something later, unless the connection is gone by then. */
  after(delayMs: number, action: () => void): void;
}

/** What is done to a connection, and how much of the request is waited for first. */
export interface WireFault {
  /** `'connection'`: as soon as it is there. `'head'`: when the headers are in. `'request'`: when all is in. */
  readonly at: 'connection' | 'head' | 'request';
  play(exchange: RawExchange): void;
}

/** A TCP server that answers HTTP requests with any bytes, or none. */
export interface RawServer {
  readonly url: string;
  readonly port: number;
  readonly counts: {
    connections: number;
    connectionsOpen: number;
    /** Requests whose headers were in. */
    heads: number;
    /** Requests that were in whole. */
    requests: number;
  };
  close(): Promise<void>;
}

/** Reads the requests on a connection, one after the other, and hands each to its fault. */
export async function rawServer(
  faultFor: (connection: number) => WireFault,
  onRequest: (exchange: RawExchange, fault: WireFault) => void = () => {},
  wantedPort = 0,
): Promise<RawServer> {
  const counts = { connections: 0, connectionsOpen: 0, heads: 0, requests: 0 };
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    counts.connections += 1;
    counts.connectionsOpen += 1;
    sockets.add(socket);
    const own = new Set<NodeJS.Timeout>();
    socket.on('close', () => {
      counts.connectionsOpen -= 1;
      sockets.delete(socket);
      for (const timer of own) {
        clearTimeout(timer);
        timers.delete(timer);
      }
    });
    socket.on('error', () => {});
    // Half-open on our side only where a fault asks for it: the client's farewell is answered.
    socket.on('end', () => socket.end());
    const after = (delayMs: number, action: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        own.delete(timer);
        if (!socket.destroyed) action();
      }, delayMs);
      timers.add(timer);
      own.add(timer);
    };

    let fault = faultFor(counts.connections);
    const blank = { method: '', target: '', headers: {}, body: Buffer.alloc(0), socket, after };
    if (fault.at === 'connection') return fault.play({ ...blank, number: counts.requests });

    let pending = Buffer.alloc(0);
    let head: RequestHead | undefined;
    let isFirst = true;
    let isPlayed = false;
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        if (head === undefined) {
          const end = pending.indexOf('\r\n\r\n');
          if (end < 0) return;
          head = readHead(pending.subarray(0, end).toString('latin1'));
          pending = pending.subarray(end + 4);
          counts.heads += 1;
          if (!isFirst) fault = faultFor(counts.connections);
          isFirst = false;
          isPlayed = fault.at === 'head';
          if (isPlayed) fault.play({ ...blank, ...head, number: counts.requests });
        }
        const whole = wholeBody(head, pending);
        if (whole === undefined) return;
        pending = pending.subarray(whole.bytes);
        counts.requests += 1;
        const exchange = { ...blank, ...head, body: whole.body, number: counts.requests };
        head = undefined;
        onRequest(exchange, fault);
        if (!isPlayed) fault.play(exchange);
      }
    });
  });
  server.listen(wantedPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    counts,
    async close() {
      if (!server.listening) return;
      for (const timer of timers) clearTimeout(timer);
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

type RequestHead = Pick<RawExchange, 'method' | 'target' | 'headers'>;

function readHead(text: string): RequestHead {
  const [line = '', ...fields] = text.split('\r\n');
  const [method = '', target = ''] = line.split(' ');
  const headers = fields.map((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
  });
  return { method, target, headers: Object.fromEntries(headers) };
}

/** The body at the beginning of `bytes`, and how much of them it takes; `undefined` if there is more to come. */
function wholeBody(
  { headers }: RequestHead,
  bytes: Buffer,
): { readonly body: Buffer; readonly bytes: number } | undefined {
  if (headers['transfer-encoding'] !== 'chunked') {
    const length = Number(headers['content-length'] ?? 0);
    return bytes.length < length ? undefined : { body: bytes.subarray(0, length), bytes: length };
  }
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks), bytes: end + 2 };
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}
