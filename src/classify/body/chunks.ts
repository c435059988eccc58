import type { Cancellation } from '../../core/cancellation.ts';
import { systemClock, type Clock } from '../../core/clock.ts';

/** The limits of a reading, and a way to cut it short. */
export interface BodyLimits {
  /** Stop after this many bytes. */
  readonly maxBytes?: number | undefined;
  /** Stop after this many milliseconds. */
  readonly maxMs?: number | undefined;
  /** The clock that measures them. @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /** Stops at once when cancelled. */
  readonly cancellation?: Cancellation | undefined;
}

/** A piece of a body; some streams give text. */
export type Chunk = Uint8Array | string;

/** What is asked of a body that is read: the platform's, or another stream that is made to look like it. */
export type ReadableBody = Pick<ReadableStream<Chunk>, 'cancel'> & {
  getReader(): Pick<ReadableStreamDefaultReader<Chunk>, 'read' | 'cancel'>;
};

/**
 * Reads a stream until its end, an error, a limit or a cancellation, then lets go of it.
 *
 * @returns whether the stream came to its end; rejects where it broke off
 */
export async function readChunks(
  body: ReadableBody,
  limits: BodyLimits & { readonly maxBytes: number; readonly maxMs: number },
  take: (chunk: Uint8Array) => void,
): Promise<boolean> {
  const reader = body.getReader();
  let ended = false;
  let stop: () => void = () => {};
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => {
      ended = true;
      resolve(undefined);
    };
  });
  const clock = limits.clock ?? systemClock;
  const timer = clock.setTimer(stop, limits.maxMs);
  const forget = limits.cancellation?.onCancel(stop);
  try {
    const startedAt = clock.now();
    let length = 0;
    // The clock is asked as well: a stream of empty chunks that are all there never lets a timer in.
    while (!ended && clock.now() - startedAt < limits.maxMs) {
      const result = await Promise.race([reader.read(), stopped]);
      if (result === undefined) break;
      if (result.done) return true;
      const chunk =
        typeof result.value === 'string' ? new TextEncoder().encode(result.value) : result.value;
      length += chunk.byteLength;
      take(chunk);
      if (length >= limits.maxBytes) break;
    }
  } finally {
    timer.cancel();
    forget?.();
    // A finished stream has nothing to cancel. The promise of a clone may wait for the other
    // branch, so nobody waits for it.
    reader.cancel().catch(() => {});
  }
  return false;
}
