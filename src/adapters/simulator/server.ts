import type { ServerRequest } from './server-request.ts';

/** An answer with a status. */
export interface StatusAnswer {
  readonly status: number;
  /** @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** @defaultValue none */
  readonly body?: string;
}

/** A failure below HTTP: the client's fetch rejects with this. */
export interface ThrownAnswer {
  readonly throws: unknown;
}

/** How a request ends. */
export type Answer = StatusAnswer | ThrownAnswer;

/** Gives the answer to a request: once, at once or later, or never. */
export type Reply = (answer: Answer) => void;

/**
 * A simulated server: called when a request arrives, and answers in its own time. A server that
 * changes the work of another one calls it with a `reply` of its own.
 *
 * It does not learn that a client has given up, as most servers do not.
 */
export type Server = (request: ServerRequest, reply: Reply) => void;

/** The answer of a healthy server. */
export const OK: StatusAnswer = Object.freeze({ status: 200 });

/** The answer of a server that is overloaded and says so. */
export const UNAVAILABLE: StatusAnswer = Object.freeze({ status: 503 });

/**
 * As Node's fetch rejects where nobody listens: a `TypeError` with the system's error as its cause.
 *
 * @example
 * const server = answering(world, { throws: connectionRefused() });
 */
export function connectionRefused(): TypeError {
  const cause = Object.assign(new Error('connect ECONNREFUSED 192.0.2.1:443'), {
    errno: -111,
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '192.0.2.1',
    port: 443,
  });
  return new TypeError('fetch failed', { cause });
}
