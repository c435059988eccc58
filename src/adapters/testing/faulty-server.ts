/// <reference lib="esnext.disposable" preserve="true" />
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { OptionError } from '../../core/options.ts';
import { checkFault, checkRateLimit, checkScope } from './check-fault.ts';
import { faultPlan, type FaultScope, type ServerRateLimit } from './fault-plan.ts';
import { ondemandFault, type Fault } from './faults.ts';
import { nodeHttp } from './node-builtins.ts';
import { ondemandAnswer } from './ondemand-endpoints.ts';
import { playFault } from './play-fault.ts';
import { plainHeaders, readBody } from './read-request.ts';
import { holdRefusedPort } from './refused-port.ts';

/** How a {@link faultyServer} starts. */
export interface FaultyServerOptions {
  /** Faults for the first requests, in order; further requests are answered properly. */
  readonly faults?: readonly Fault[];
  /** A limit that it keeps from the start. */
  readonly rateLimit?: ServerRateLimit;
}

/** One request that reached the server. */
export interface ReceivedRequest {
  /** The first request is 1. */
  readonly number: number;
  /** When its headers were in, by `performance.now()`. */
  readonly at: number;
  readonly method: string;
  /** The path without its query. */
  readonly path: string;
  /** Path and query as they came. */
  readonly target: string;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes of its body; empty where there was none. */
  readonly body: Uint8Array;
  /** The connection that it came on; the first one is 1. */
  readonly connection: number;
  /** What was done to it; `undefined` while its body comes in. */
  readonly fault: Fault | undefined;
  /** The status that it was answered with; `undefined` where it was not. */
  readonly status: number | undefined;
}

/** What a {@link faultyServer} has counted. */
export interface ServerCounts {
  readonly requests: number;
  readonly connectionsOpened: number;
  readonly connectionsOpen: number;
  /** Requests that are being answered now. */
  readonly inFlight: number;
  readonly maxInFlight: number;
}

/** A real HTTP server on this machine that misbehaves as it is told. */
export interface FaultyServer extends AsyncDisposable {
  /** `http://127.0.0.1:` and its port. */
  readonly url: string;
  /** An address of this machine that refuses every connection, for as long as the server lives. */
  readonly refusedUrl: string;
  /** Every request so far, in order. */
  readonly requests: readonly ReceivedRequest[];
  readonly counts: ServerCounts;
  /** The bodies that came with each `Idempotency-Key`, in order. */
  readonly bodiesByIdempotencyKey: ReadonlyMap<string, readonly Uint8Array[]>;
  /** Plays faults to the next requests, in order, after those that are still planned. */
  play(faults: Fault | readonly Fault[], scope?: FaultScope): void;
  /** Answers every request with `fault` (by default 503 `resource_unavailable`) from now on. */
  startOutage(fault?: Fault): void;
  endOutage(): void;
  /** Keeps a limit from now on; `undefined` lifts it. */
  limitRate(limit: ServerRateLimit | undefined): void;
  /** Forgets plans, outage, limit, requests and counts; connections stay open. */
  clear(): void;
  /** Ends every connection and every timer; afterwards nothing of it is left. */
  close(): Promise<void>;
}

/**
 * Starts a real `node:http` server on 127.0.0.1, on a free port, that speaks the OnDemand
 * endpoints and misbehaves as told: by {@link FaultyServer.play}, by an outage, by a limit that
 * it keeps, or by the request itself, in a `fault` query parameter or an `x-fault` header (see
 * {@link parseFault} for the notation).
 *
 * Needs Node (or a runtime with its `http` and `net`); importing it does not.
 *
 * @throws {@link OptionError} for a fault or a limit that it does not know, as its methods do.
 *
 * @example
 * await using server = await faultyServer();
 * server.play([ondemandFault('bad_gateway'), { kind: 'reset', when: 'before-headers' }]);
 * const response = await resilientFetch()(`${server.url}/plugin/v1/list`);
 */
export async function faultyServer(options: FaultyServerOptions = {}): Promise<FaultyServer> {
  checkOptions(options);
  const { createServer } = await nodeHttp();
  const plan = faultPlan();
  plan.play(options.faults ?? [], {});
  plan.limit(options.rateLimit);

  const timers = new Set<NodeJS.Timeout>();
  const connections = new Map<Socket, number>();
  const requests: ReceivedRequest[] = [];
  const bodiesByIdempotencyKey = new Map<string, Uint8Array[]>();
  let connectionsOpened = 0;
  let inFlight = 0;
  let maxInFlight = 0;

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    inFlight += 1;
    maxInFlight = Math.max(maxInFlight, inFlight);
    const ownTimers = new Set<NodeJS.Timeout>();
    response.on('close', () => {
      inFlight -= 1;
      for (const timer of ownTimers) {
        clearTimeout(timer);
        timers.delete(timer);
      }
    });
    const after = (delayMs: number, action: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        ownTimers.delete(timer);
        if (!response.destroyed) action();
      }, delayMs);
      timers.add(timer);
      ownTimers.add(timer);
    };

    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? 'GET';
    const headers = plainHeaders(request);
    const record = {
      number: requests.length + 1,
      at: performance.now(),
      method,
      path,
      target: request.url ?? '/',
      headers,
      body: new Uint8Array() as Uint8Array,
      connection: connections.get(request.socket) ?? 0,
      fault: undefined as Fault | undefined,
      get status() {
        return response.headersSent ? response.statusCode : undefined;
      },
    };
    requests.push(record);
    record.body = await readBody(request);
    const idempotencyKey = headers['idempotency-key'];
    if (idempotencyKey !== undefined) {
      const bodies = bodiesByIdempotencyKey.get(idempotencyKey) ?? [];
      bodiesByIdempotencyKey.set(idempotencyKey, [...bodies, record.body]);
    }
    const requested = headers['x-fault'] ?? searchParams.get('fault') ?? undefined;
    record.fault = decide(path, requested, record.at);
    playFault(record.fault, ondemandAnswer(record), response, after);
  }

  function decide(path: string, requested: string | undefined, now: number): Fault {
    try {
      return plan.faultFor(path, requested, now);
    } catch (error) {
      const body = `The fault that this request asks for is none: ${(error as Error).message}.\n`;
      return { kind: 'answer', status: 400, headers: { 'content-type': 'text/plain' }, body };
    }
  }

  const server = createServer((request, response) => {
    // A request whose connection breaks while its body comes in has nobody left to answer.
    receive(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    connectionsOpened += 1;
    connections.set(socket, connectionsOpened);
    socket.on('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : address;
  const refused = await holdRefusedPort();

  async function close(): Promise<void> {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const ended = [...connections.keys()].map((socket) => {
      socket.destroy();
      return new Promise<void>((resolve) => socket.once('close', () => resolve()));
    });
    await Promise.all([closed, refused.release(), ...ended]);
  }

  return {
    url: `http://127.0.0.1:${port}`,
    refusedUrl: `http://127.0.0.1:${refused.port}`,
    requests,
    bodiesByIdempotencyKey,
    get counts() {
      const connectionsOpen = connections.size;
      return {
        requests: requests.length,
        connectionsOpened,
        connectionsOpen,
        inFlight,
        maxInFlight,
      };
    },
    play(faults, scope = {}) {
      const all = [faults].flat();
      for (const [index, fault] of all.entries()) checkFault(fault, `play.faults[${index}]`);
      checkScope(scope, 'play.scope');
      plan.play(all, scope);
    },
    startOutage(fault = ondemandFault('resource_unavailable')) {
      checkFault(fault, 'startOutage.fault');
      plan.outage = fault;
    },
    endOutage() {
      plan.outage = undefined;
    },
    limitRate(limit) {
      if (limit !== undefined) checkRateLimit(limit, 'limitRate');
      plan.limit(limit);
    },
    clear() {
      plan.clear();
      requests.length = 0;
      bodiesByIdempotencyKey.clear();
      connectionsOpened = 0;
      maxInFlight = inFlight;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkOptions(options: FaultyServerOptions): void {
  const { faults = [], rateLimit, ...others } = options;
  for (const [name, value] of Object.entries(others)) {
    const expected = 'left out: the options here are faults, rateLimit';
    throw new OptionError(`faultyServer.${name}`, expected, value);
  }
  for (const [index, fault] of faults.entries()) {
    checkFault(fault, `faultyServer.faults[${index}]`);
  }
  if (rateLimit !== undefined) checkRateLimit(rateLimit, 'faultyServer.rateLimit');
}
