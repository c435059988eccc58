import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One way to misbehave, in the words of a person, and what the server does. */
interface Misbehaviour {
  /** The path below the caller's name. */
  readonly path: string;
  readonly title: string;
  /** Answers a request of one caller, by its number from 1. */
  readonly answer: (number: number, request: IncomingMessage, response: ServerResponse) => void;
}

/** Longer than anybody waits for an answer that takes 20 ms on other days. */
const SLOW_MS = 2_000;

const fine = (response: ServerResponse): void => {
  response.setHeader('content-type', 'application/json');
  response.end('{"ok":true}');
};

const failure = (response: ServerResponse, status: number, errorCode: string): void => {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ message: 'The request was not served.', errorCode }));
};

/** What goes wrong in the demo, in this order. */
export const MISBEHAVIOURS: readonly Misbehaviour[] = [
  {
    path: '/restarting',
    title: 'The API restarts: two requests get a 503',
    answer: (number, _request, response) =>
      number <= 2 ? failure(response, 503, 'resource_unavailable') : fine(response),
  },
  {
    path: '/limited',
    title: 'The rate limit is used up: 429, come back in a second',
    answer(number, _request, response) {
      if (number > 1) return fine(response);
      response.setHeader('retry-after', '1');
      return failure(response, 429, 'rate_limit_exceeded');
    },
  },
  {
    path: '/slow',
    title: `One server of many hangs: an answer takes ${SLOW_MS / 1_000} s`,
    answer(number, _request, response) {
      if (number > 1) return fine(response);
      const timer = setTimeout(() => fine(response), SLOW_MS);
      response.once('close', () => clearTimeout(timer));
    },
  },
  {
    path: '/reset',
    title: 'The connection breaks',
    answer: (number, request, response) => {
      if (number > 1) fine(response);
      else request.socket.destroy();
    },
  },
];

/** A server that misbehaves towards each caller by itself. */
export interface MisbehavingServer {
  /** `http://127.0.0.1:41234` */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts it on a free port of this machine. */
export async function misbehavingServer(): Promise<MisbehavingServer> {
  const numbers = new Map<string, number>();
  const server = createServer((request, response) => {
    const { url = '' } = request;
    const number = (numbers.get(url) ?? 0) + 1;
    numbers.set(url, number);
    const found = MISBEHAVIOURS.find(({ path }) => url.endsWith(path));
    if (found === undefined) failure(response, 404, 'not_found');
    else found.answer(number, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
