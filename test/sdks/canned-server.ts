import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server answers with: a status with headers and a body, or whatever a function does. */
export type Answer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Text as it is; anything else as JSON. */
      readonly body?: unknown;
    }
  | {
      readonly handle: (
        request: IncomingMessage,
        response: ServerResponse,
        body: Buffer,
      ) => unknown;
    };

/** One request as it came over the wire. */
export interface WireRequest {
  /** When its body was in, by `performance.now()`. */
  readonly at: number;
  readonly method: string;
  readonly target: string;
  /** Names and values in the order and the spelling of the wire. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** A real server that gives one API's answers, in order; the last one again and again. */
export interface CannedServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly WireRequest[];
  /** Forgets its requests; answers with these from now on. */
  answer(...answers: readonly Answer[]): void;
  /** Settles once so many requests are in. */
  received(count: number): Promise<void>;
}

/** Never answers: what an abort needs. */
export const SILENCE: Answer = { handle: () => undefined };

/** Starts a {@link CannedServer} on this machine, on a free port. */
export async function cannedServer(): Promise<CannedServer> {
  let requests: WireRequest[] = [];
  let script: readonly Answer[] = [];
  const server = createServer((request, response) => {
    // A request whose connection breaks while its body comes in has nobody left to answer.
    receive(request, response).catch(() => response.destroy());
  });

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const answer = script[Math.min(requests.length, script.length - 1)];
    requests.push({
      at: performance.now(),
      method: request.method ?? '',
      target: request.url ?? '',
      headers: pairsOf(request.rawHeaders),
      body: body.toString('latin1'),
    });
    server.emit('received');
    // What varies with the clock has no place in answers that are compared.
    response.sendDate = false;
    if (answer === undefined) response.destroy();
    else if ('handle' in answer) await answer.handle(request, response, body);
    else send(response, answer);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    answer(...answers) {
      requests = [];
      script = answers;
    },
    async received(count) {
      while (requests.length < count) await once(server, 'received');
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function send(
  response: ServerResponse,
  { status, headers, body }: Extract<Answer, { status: number }>,
) {
  const isText = typeof body === 'string' || body === undefined;
  response.writeHead(status, {
    'content-type': isText ? 'text/plain' : 'application/json',
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}

function pairsOf(raw: readonly string[]): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at < raw.length; at += 2) pairs.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return pairs;
}

/** An answer that comes in pieces: all but the last at once, the last when it is let go. */
export interface HeldStream {
  readonly answer: Answer;
  /** Whether the last piece has been let go. */
  readonly isEnded: () => boolean;
  /** Settles when the exchange is over, completed or broken off. */
  readonly closed: Promise<void>;
  release(): void;
}

/** The answer that a server streams, its last piece held back until the test has read the first. */
export function heldStream(
  pieces: readonly string[],
  headers: Readonly<Record<string, string>>,
): HeldStream {
  let isEnded = false;
  let release = (): void => {};
  let close = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const closed = new Promise<void>((resolve) => (close = resolve));
  const handle = async (_request: IncomingMessage, response: ServerResponse) => {
    response.on('close', close);
    response.writeHead(200, headers);
    for (const piece of pieces.slice(0, -1)) response.write(piece);
    await released;
    isEnded = true;
    response.end(pieces.at(-1));
  };
  return { answer: { handle }, isEnded: () => isEnded, closed, release };
}
