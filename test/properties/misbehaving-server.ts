import { sleep } from '../../src/core/clock.ts';
import type { Clock } from '../../src/index.ts';

/** How a server treats one request. */
export interface Treatment {
  /** A status, a connection that breaks off, or nothing at all. */
  readonly gives: number | 'breaks' | 'silence';
  readonly afterMs: number;
}

const brokenOff = () =>
  new TypeError('fetch failed', {
    cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  });

/** A server in virtual time that treats its requests as a list says, again and again, and counts. */
export class MisbehavingServer {
  /** The requests that have come. */
  requests = 0;
  /** Those that are neither answered nor given up. */
  running = 0;
  readonly #clock: Clock;
  readonly #treatments: readonly Treatment[];

  constructor(clock: Clock, treatments: readonly Treatment[]) {
    this.#clock = clock;
    this.#treatments = treatments;
  }

  readonly fetch = async (
    _input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> => {
    const treatment = this.#treatments[this.requests % this.#treatments.length] as Treatment;
    this.requests += 1;
    this.running += 1;
    try {
      return await Promise.race([this.#answer(treatment), abortOf(init?.signal)]);
    } finally {
      this.running -= 1;
    }
  };

  async #answer({ gives, afterMs }: Treatment): Promise<Response> {
    if (gives === 'silence') return new Promise(() => {});
    await sleep(this.#clock, afterMs);
    if (gives === 'breaks') throw brokenOff();
    return new Response(`status ${gives}`, { status: gives });
  }
}

const abortOf = (signal: AbortSignal | null | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const leave = () => reject(signal?.reason as Error);
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
  });
