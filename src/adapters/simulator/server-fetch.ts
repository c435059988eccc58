import { nonNegative, readOptions, type Check } from '../../core/options.ts';
import type { Fetch } from '../../http/fetch.ts';
import { draw, type Amount } from './distributions.ts';
import { ServerRequest } from './server-request.ts';
import type { Answer, Server } from './server.ts';
import type { World } from './world.ts';

/** One request on the wire. */
export interface AttemptRecord {
  /** When it was sent, in virtual milliseconds. */
  readonly sentAt: number;
  /** The number of the client in its fleet; `undefined` outside fleets. */
  readonly client: number | undefined;
  readonly url: string;
  /** Which request of its call it is, from 1; left out where the call is not known. */
  attempt?: number;
  /** When the server answered, whether or not anybody still waited; `undefined` before. */
  answeredAt: number | undefined;
  /** The status of the answer, 0 for a failure below HTTP; `undefined` before. */
  status: number | undefined;
}

/** How {@link fetchTo} reaches the server. */
export interface FetchToOptions {
  /**
   * How long a request travels to the server, in milliseconds, and how long an answer comes back:
   * drawn for each way.
   * @defaultValue 0
   */
  readonly networkMs?: Amount;
  /** The number of the client, which the server sees. */
  readonly client?: number;
  /**
   * Called for each request as it is sent; the record is filled in when the answer comes.
   * @defaultValue nobody is called
   */
  readonly onAttempt?: (attempt: AttemptRecord, init: RequestInit | undefined) => void;
}

const amount: Check = {
  expected: 'a finite number of at least 0, or a function',
  accepts: (value) => typeof value === 'function' || nonNegative.accepts(value),
};

/**
 * Makes a fetch whose requests go to a simulated server. It answers with a real `Response`, and
 * rejects with the reason of `init.signal` when that aborts; the server goes on with its work.
 *
 * @throws OptionError where an option is out of its range
 *
 * @example
 * const fetch = fetchTo(world, healthy, { networkMs: 25 });
 */
export function fetchTo(world: World, server: Server, options?: FetchToOptions): Fetch {
  const { networkMs, client, onAttempt } = readOptions(
    'fetchTo',
    options,
    { networkMs: 0 as Amount },
    {
      networkMs: amount,
      client: nonNegative,
      onAttempt: { expected: 'a function', accepts: (value) => typeof value === 'function' },
    },
  );
  const random = world.randomOf('network');
  /** Lets it happen at once where the way takes no time, and so costs no event. */
  const travel = (happen: () => void): void => {
    const delayMs = draw(networkMs, random, world.now);
    if (delayMs > 0) world.after(delayMs, happen);
    else happen();
  };

  return function simulated(input, init) {
    const signal = init?.signal ?? (isRequest(input) ? input.signal : undefined);
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const request = new ServerRequest(input, init, world.now, client);
    const attempt: AttemptRecord = {
      sentAt: world.now,
      client,
      url: request.url,
      answeredAt: undefined,
      status: undefined,
    };
    onAttempt?.(attempt, init);
    return new Promise<Response>((resolve, reject) => {
      const giveUp = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', giveUp, { once: true });
      const reply = (answer: Answer): void => {
        if (attempt.answeredAt !== undefined) return;
        attempt.answeredAt = world.now;
        attempt.status = 'status' in answer ? answer.status : 0;
        travel(() => {
          signal?.removeEventListener('abort', giveUp);
          if ('throws' in answer) reject(answer.throws as Error);
          else resolve(responseOf(answer.status, answer.headers, answer.body));
        });
      };
      travel(() => server(request, reply));
    });
  };
}

function responseOf(
  status: number,
  headers: Readonly<Record<string, string>> | undefined,
  body: string | undefined,
): Response {
  return new Response(body ?? null, headers === undefined ? { status } : { status, headers });
}

const isRequest = (input: string | URL | Request): input is Request =>
  typeof input === 'object' && 'signal' in input;
