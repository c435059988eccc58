import type { Clock, Fetch } from '../../../src/index.ts';

/** What a stream does: it sends text or bytes, waits so many milliseconds, breaks off, or never ends. */
export type Step =
  string | Uint8Array | { readonly waitMs: number } | { readonly error: Error } | typeof HANGS;

/** Nothing comes any more. */
export const HANGS = Symbol('hangs');

export interface StreamingFetch extends Fetch {
  /** How often it was called. */
  readonly calls: number;
  /** The reasons for which bodies were given up. */
  readonly cancelled: readonly unknown[];
  /** How many chunks were taken out of the last body. */
  readonly pulled: number;
}

const SSE = 'text/event-stream; charset=utf-8';

const encoder = new TextEncoder();

/** A fetch that answers with these streams, the last of them again and again. */
export function streamingFetch(
  clock: Clock,
  streams: readonly (readonly Step[])[],
  {
    status = 200,
    headers = {} as Record<string, string>,
    heedsSignal = true,
    kind = 'chunks' as 'chunks' | 'bytes',
  } = {},
): StreamingFetch {
  const cancelled: unknown[] = [];
  let calls = 0;
  let pulled = 0;
  const fetch: Fetch = async (_input, init) => {
    const steps = [...(streams[Math.min(calls, streams.length - 1)] ?? [])];
    calls += 1;
    pulled = 0;
    const source = {
      start(controller: ReadableStreamDefaultController<Uint8Array>) {
        if (!heedsSignal) return;
        init?.signal?.addEventListener('abort', () => {
          cancelled.push(init.signal?.reason);
          controller.error(init.signal?.reason);
        });
      },
      async pull(controller: ReadableStreamDefaultController<Uint8Array>) {
        for (;;) {
          const step = steps.shift();
          if (step === undefined) return controller.close();
          if (step === HANGS) return new Promise(() => {});
          if (typeof step === 'string' || step instanceof Uint8Array) {
            pulled += 1;
            const bytes = typeof step === 'string' ? encoder.encode(step) : step;
            return controller.enqueue(bytes);
          }
          if ('error' in step) return controller.error(step.error);
          await new Promise<void>((resolve) => {
            clock.setTimer(resolve, step.waitMs);
          });
        }
      },
      cancel(reason: unknown) {
        cancelled.push(reason);
      },
    };
    const body =
      kind === 'chunks'
        ? new ReadableStream<Uint8Array>(source as UnderlyingDefaultSource<Uint8Array>, {
            highWaterMark: 0,
          })
        : new ReadableStream({ ...(source as object), type: 'bytes' } as UnderlyingByteSource);
    return new Response(body, { status, headers: { 'content-type': SSE, ...headers } });
  };
  return Object.defineProperties(fetch, {
    calls: { get: () => calls },
    cancelled: { get: () => cancelled },
    pulled: { get: () => pulled },
  }) as StreamingFetch;
}

/** A server-sent event with this JSON. */
export const sent = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
