import { callable, readOptions, wholeNumber } from '../../core/options.ts';
import type { Clock } from '../../core/clock.ts';
import type { Fetch } from '../../http/fetch.ts';
import type { CallRecord } from './call-record.ts';
import type { Amount } from './distributions.ts';
import type { Load } from './loads.ts';
import type { Random } from './random.ts';
import { fetchTo, type AttemptRecord } from './server-fetch.ts';
import type { Server } from './server.ts';
import type { World } from './world.ts';

/** A client under test: a fetch, or anything that is called like one. */
export type Client = (url: string, init: RequestInit) => Promise<ClientResponse>;

/** Everything that the fleet reads of an answer. */
export interface ClientResponse {
  readonly status: number;
}

/** The parts that a client is made of. */
export interface ClientParts {
  /** The fetch that leads to the server. */
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** The client's own stream of random numbers. */
  readonly random: Random;
  /** Its number in the fleet, from 0. */
  readonly index: number;
}

/** The request of a call. */
export interface CallRequest {
  readonly url: string;
  readonly init?: RequestInit;
}

/** Who calls whom, and how often. */
export interface FleetOptions {
  /** How many clients there are, each a process of its own. @defaultValue 1 */
  readonly clients?: number;
  /** Makes one client. Required. */
  readonly makeClient: (parts: ClientParts) => Client;
  /** The server that they call. Required. */
  readonly server: Server;
  /** How long a request, and its answer, is on the way, in milliseconds. @defaultValue 0 */
  readonly networkMs?: Amount;
  /** When calls start. Required. */
  readonly load: Load;
  /**
   * The request of a call, by the number of the call from 0.
   * @defaultValue a GET of the same address each time
   */
  readonly request?: (call: number, random: Random) => CallRequest;
  /**
   * The share of an open load that a client gets, in relation to the others'; a caller of a closed
   * load always has the same client.
   * @defaultValue the same for all
   */
  readonly weight?: (client: number) => number;
}

/** A fleet at work. */
export interface Fleet {
  /** Every call so far, in the order in which they began. */
  readonly calls: readonly CallRecord[];
  /** Every request that a client sent, in order. */
  readonly attempts: readonly AttemptRecord[];
  /** The clients, by their number. */
  readonly clients: readonly Client[];
}

/**
 * The name under which a call's number stands in the `init` of its request. Clients that hand their
 * `init` on have their attempts counted per call.
 */
const CALL_NUMBER = 'simulatedCall';

const REQUEST: CallRequest = Object.freeze({ url: 'https://api.example.com/things' });

/**
 * Makes independent clients and lets a load call through them. All that happens is in the records.
 *
 * @example
 * const fleet = startFleet(world, {
 *   clients: 20,
 *   makeClient: ({ fetch, clock, random }) => resilientFetch(fetch, { clock, random }),
 *   server: queueServer(world, { ratePerSecond: 300 }),
 *   load: poissonLoad(world, { ratePerSecond: 280 }),
 * });
 * await world.run(60_000);
 * lostCalls(fleet.calls);
 *
 * @throws OptionError where an option is out of its range
 */
export function startFleet(world: World, options: FleetOptions): Fleet {
  const settings = readOptions(
    'startFleet',
    options,
    { clients: 1, networkMs: 0 as Amount },
    {
      clients: wholeNumber(1),
      makeClient: callable,
      server: callable,
      networkMs: {
        expected: 'a finite number of at least 0, or a function',
        accepts: (value) => typeof value === 'function' || Number(value) >= 0,
      },
      load: callable,
      request: callable,
      weight: callable,
    },
    ['makeClient', 'server', 'load'],
  );
  const { clients: count, makeClient, server, networkMs, load, request, weight } = settings;
  const calls: CallRecord[] = [];
  const attempts: AttemptRecord[] = [];

  const onAttempt = (attempt: AttemptRecord, init: RequestInit | undefined): void => {
    attempts.push(attempt);
    const number = (init as Record<string, unknown> | undefined)?.[CALL_NUMBER];
    const call = typeof number === 'number' ? calls[number] : undefined;
    if (call === undefined) return;
    call.attempts += 1;
    attempt.attempt = call.attempts;
  };
  const clients = Array.from({ length: count }, (_, index) => {
    const fetch = fetchTo(world, server, { networkMs, client: index, onAttempt });
    const random = world.randomOf(`client ${index}`);
    return makeClient({ fetch, clock: world.clock, random, index });
  });

  const choose = chooser(count, weight, world.randomOf('clients'));
  const requestRandom = world.randomOf('requests');

  async function startCall(caller?: number): Promise<void> {
    const number = calls.length;
    const client = caller === undefined ? choose() : caller % count;
    const { url, init } = request?.(number, requestRandom) ?? REQUEST;
    const call: CallRecord = {
      url,
      client,
      caller,
      startedAt: world.now,
      endedAt: undefined,
      answered: false,
      end: undefined,
      attempts: 0,
    };
    calls.push(call);
    try {
      const { status } = await (clients[client] as Client)(url, {
        ...init,
        [CALL_NUMBER]: number,
      } as RequestInit);
      call.answered = status < 500 && status !== 429;
      call.end = String(status);
    } catch (error) {
      call.end = nameOf(error);
    }
    call.endedAt = world.now;
  }

  load(startCall);
  return { calls, attempts, clients };
}

/** Draws a client, each with its weight. */
function chooser(
  count: number,
  weight: ((client: number) => number) | undefined,
  random: Random,
): () => number {
  if (weight === undefined) return () => Math.floor(random() * count);
  let total = 0;
  const upTo = Array.from({ length: count }, (_, client) => (total += weight(client)));
  return () => {
    const drawn = random() * total;
    return upTo.findIndex((limit) => drawn < limit);
  };
}

/** What kind of error it is: holdfast's own say so in `kind`, all others by their name. */
function nameOf(error: unknown): string {
  const { kind, name } = Object(error) as { readonly kind?: unknown; readonly name?: unknown };
  return String(kind ?? name ?? error);
}
