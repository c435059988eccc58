import { setAlarm } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import type { ChunkSource } from './chunk-source.ts';
import { isKeepAlive } from './error-event.ts';
import type { EventSplitter, StreamEvent } from './event-splitter.ts';
import type { Silences } from './silences.ts';

/** How long an answer is held at most. */
export interface HoldLimits {
  readonly maxBytes: number;
  readonly maxMs: number;
  /** How long the first byte may take. */
  readonly firstByte: Silences | undefined;
  /** Makes the error of an answer whose first byte has not come in time. */
  readonly tooLate: () => Error;
}

const FIRST_BYTE = 'first byte';
const ENOUGH = 'enough';

/**
 * Reads a stream up to its first event; what it has read stays in the source. Signs of life are no
 * events.
 *
 * An answer that is held is never cut off by a timeout that is meant for the headers: it is handed over
 * before that could strike.
 *
 * @returns the event; `undefined` where the stream has ended, or was held as long as it may be
 * @throws the error by which the stream broke off, or that its first byte did not come in time
 */
export async function readAhead(
  source: ChunkSource,
  splitter: EventSplitter,
  limits: HoldLimits,
  { call: { clock }, cancellation, deadline }: Context,
): Promise<StreamEvent | undefined> {
  let stop: (because: typeof FIRST_BYTE | typeof ENOUGH) => void = () => {};
  const stopped = new Promise<typeof FIRST_BYTE | typeof ENOUGH>((resolve) => {
    stop = resolve;
  });
  const now = clock.now();
  const heldUntil = now + Math.min(limits.maxMs, (deadline - now) / 2);
  const alarm = setAlarm(clock, () => stop(ENOUGH), heldUntil);
  const silence = limits.firstByte?.of(clock, () => stop(FIRST_BYTE));
  silence?.begin();
  const forget = cancellation?.onCancel((reason) => {
    source.cancel(reason).catch(() => {});
    stop(ENOUGH);
  });
  try {
    for (let bytes = 0; bytes < limits.maxBytes;) {
      const result = await Promise.race([source.ask(), stopped]);
      if (result === FIRST_BYTE) throw limits.tooLate();
      if (result === ENOUGH) return undefined;
      silence?.end();
      // The end is asked for once more by whoever reads the body.
      const events = result.done ? splitter.end() : splitter.push(result.value);
      if (!result.done) {
        source.taken();
        if (result.value.byteLength > 0) source.held.push(result.value);
        bytes += result.value.byteLength;
      }
      const first = events.find((event) => !isKeepAlive(event));
      if (first !== undefined || result.done) return first;
    }
    return undefined;
  } catch (error) {
    source.cancel(error).catch(() => {});
    throw error;
  } finally {
    alarm.cancel();
    silence?.end();
    forget?.();
  }
}
