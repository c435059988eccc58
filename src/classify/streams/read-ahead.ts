import { setAlarm } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import type { ChunkSource } from './chunk-source.ts';
import { isKeepAlive, isPreamble } from './error-event.ts';
import type { EventSplitter, StreamEvent } from './event-splitter.ts';
import type { Silences } from './silences.ts';
import type { SilenceBound } from './stream-outcome.ts';

/** How long an answer is held at most. */
export interface HoldLimits {
  readonly maxBytes: number;
  readonly maxMs: number;
  /** The names of events that go before the output. */
  readonly preamble: ReadonlySet<unknown>;
  /** How long the first byte may take. */
  readonly firstByte: Silences | undefined;
  /** How long nothing may come after it. */
  readonly idle: Silences | undefined;
  /** Makes the error of an answer that was silent for too long. */
  readonly tooLate: (ms: number, option: SilenceBound) => Error;
}

/**
 * Reads a stream up to its first event; what it has read stays in the source. Signs of life and a
 * preamble are no events.
 *
 * An answer that is held is never cut off by a timeout that is meant for the headers: it is handed over
 * before that could strike.
 *
 * @returns the event; `undefined` where the stream has ended, or was held as long as it may be
 * @throws the error by which the stream broke off, or that of a silence that was too long
 */
export async function readAhead(
  source: ChunkSource,
  splitter: EventSplitter,
  limits: HoldLimits,
  { call: { clock }, cancellation, deadline }: Context,
): Promise<StreamEvent | undefined> {
  let stop = (): void => {};
  let fail: (error: Error) => void = () => {};
  const stopped = new Promise<undefined>((resolve, reject) => {
    stop = () => resolve(undefined);
    fail = reject;
  });
  const silenceOf = (silences: Silences | undefined, option: SilenceBound) =>
    silences?.of(clock, () => fail(limits.tooLate(silences.ms, option)));
  const now = clock.now();
  const heldUntil = now + Math.min(limits.maxMs, (deadline - now) / 2);
  const alarm = setAlarm(clock, stop, heldUntil);
  let silence = silenceOf(limits.firstByte, 'firstByteTimeoutMs');
  const idle = silenceOf(limits.idle, 'streamIdleTimeoutMs');
  let quietSince = now;
  const forget = cancellation?.onCancel((reason) => {
    source.cancel(reason).catch(() => {});
    stop();
  });
  try {
    for (let bytes = 0; bytes < limits.maxBytes;) {
      silence?.begin();
      const result = await Promise.race([source.ask(), stopped]);
      if (result === undefined) {
        // Whoever reads on waits for the same chunk.
        source.quietSince = quietSince;
        return undefined;
      }
      silence?.end();
      quietSince = clock.now();
      // The end is asked for once more by whoever reads the body.
      const events = result.done ? splitter.end() : splitter.push(result.value);
      if (!result.done) {
        source.taken();
        if (result.value.byteLength > 0) source.held.push(result.value);
        bytes += result.value.byteLength;
        if (bytes > 0) silence = idle;
      }
      const first = events.find(
        (event) => !isKeepAlive(event) && !isPreamble(event, limits.preamble),
      );
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
