import { sleep } from '../../src/core/clock.ts';
import type { Clock } from '../../src/index.ts';

/** How a server treats one request. */
export interface Treatment {
  /** A status, a connection that breaks off, nothing at all, or a 200 with a stream of events. */
  readonly gives: number | 'breaks' | 'silence' | StreamOfEvents;
  readonly afterMs: number;
}

/** A stream that is whole, breaks off, or falls silent after an event; or an error is its first one. */
export type StreamOfEvents = 'stream' | 'stream-breaks' | 'stream-silent' | 'stream-error';

const USED = 'data: {"usage":{"total_tokens":7}}\n\n';
const EVENTS: Readonly<Record<StreamOfEvents, readonly string[]>> = {
  stream: ['data: {"a":1}\n\n', USED],
  'stream-breaks': ['data: {"a":1}\n\n'],
  'stream-silent': ['data: {"a":1}\n\n'],
  'stream-error': ['data: {"error":{"code":"overloaded_error","message":"Overloaded"}}\n\n'],
};

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
  /** Bodies of streams that have neither ended nor been given up. */
  openStreams = 0;
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
      return await Promise.race([this.#answer(treatment, init?.signal), abortOf(init?.signal)]);
    } finally {
      this.running -= 1;
    }
  };

  async #answer(
    { gives, afterMs }: Treatment,
    signal: AbortSignal | null | undefined,
  ): Promise<Response> {
    if (gives === 'silence') return new Promise(() => {});
    await sleep(this.#clock, afterMs);
    if (gives === 'breaks') throw brokenOff();
    if (typeof gives === 'number') return new Response(`status ${gives}`, { status: gives });
    // Whoever has left meanwhile gets none: nobody would give its body up.
    if (signal?.aborted) throw signal.reason;
    const headers = { 'content-type': 'text/event-stream' };
    return new Response(this.#stream(gives, afterMs, signal), { headers });
  }

  #stream(
    kind: StreamOfEvents,
    everyMs: number,
    signal: AbortSignal | null | undefined,
  ): ReadableStream<Uint8Array> {
    const events = [...EVENTS[kind]];
    const encoder = new TextEncoder();
    this.openStreams += 1;
    let isOpen = true;
    const over = () => {
      if (isOpen) this.openStreams -= 1;
      isOpen = false;
    };
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          signal?.addEventListener('abort', () => {
            if (!isOpen) return;
            over();
            controller.error(signal.reason);
          });
        },
        pull: async (controller) => {
          await sleep(this.#clock, everyMs / 4);
          if (!isOpen) return undefined;
          const event = events.shift();
          if (event !== undefined) return controller.enqueue(encoder.encode(event));
          if (kind === 'stream-silent') return new Promise(() => {});
          over();
          return kind === 'stream-breaks' ? controller.error(brokenOff()) : controller.close();
        },
        cancel: over,
      },
      { highWaterMark: 0 },
    );
  }
}

const abortOf = (signal: AbortSignal | null | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const leave = () => reject(signal?.reason as Error);
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
  });
