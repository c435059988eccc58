import type { Classification } from '../../core/classification.ts';
import type { ChunkSource } from './chunk-source.ts';
import type { EventClassification } from './event-classification.ts';
import type { EventSplitter } from './event-splitter.ts';
import type { Silences } from './silences.ts';
import type { StreamFailedEvent, StreamOutcome } from './stream-outcome.ts';
import { Tail } from './tail.ts';

type Controller = ReadableStreamDefaultController<Uint8Array> | ReadableByteStreamController;

/** What goes by while a body is passed on. */
export interface Watch {
  readonly outcome: StreamOutcome;
  /** Where its end is read; `undefined` where the stream has failed already and nobody need be told. */
  readonly events: EventClassification | undefined;
  readonly newSplitter: () => EventSplitter;
  readonly firstByte: Silences | undefined;
  readonly idle: Silences | undefined;
}

// Made when it is first needed: importing does nothing.
let dropped: FinalizationRegistry<ReadableStreamDefaultReader<Uint8Array>> | undefined;

/**
 * Passes a body on, chunk by chunk, when its reader asks for one: nothing is read ahead. A silence that
 * is too long ends it in a `TimeoutError`, and the connection is given up.
 *
 * @param kind - that of the original body: a stream of bytes can be read into buffers of the reader's
 */
export function watchedBody(
  source: ChunkSource,
  watch: Watch,
  kind: 'bytes' | 'chunks',
): ReadableStream<Uint8Array> {
  const body = new WatchedBody(source, watch);
  const stream =
    kind === 'bytes'
      ? new ReadableStream({
          type: 'bytes',
          pull: (controller) => body.pull(controller),
          cancel: (reason) => body.cancel(reason),
        })
      : new ReadableStream<Uint8Array>(
          {
            pull: (controller) => body.pull(controller),
            cancel: (reason) => body.cancel(reason),
          },
          { highWaterMark: 0 },
        );
  // Where nobody ever reads it, its connection must not wait for that.
  dropped ??= new FinalizationRegistry((reader) => {
    reader.cancel().catch(() => {});
  });
  dropped.register(stream, source.reader);
  return stream;
}

/** Whether a body can be read into buffers of the reader's. */
export function isOfBytes(body: ReadableStream): boolean {
  try {
    body.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

class WatchedBody {
  readonly #source: ChunkSource;
  readonly #watch: Watch;
  readonly #tail: Tail | undefined;
  #hasBytes: boolean;
  #isOver = false;

  constructor(source: ChunkSource, watch: Watch) {
    this.#source = source;
    this.#watch = watch;
    this.#tail = watch.events && new Tail();
    this.#hasBytes = source.held.length > 0;
  }

  pull(controller: Controller): Promise<void> | undefined {
    const held = this.#source.held.shift();
    if (held !== undefined) {
      this.#hand(held, controller);
      return undefined;
    }
    const { outcome, firstByte, idle } = this.#watch;
    const silences = this.#hasBytes ? idle : firstByte;
    const silence = silences?.begin(outcome.clock, () => this.#fallSilent(silences, controller));
    const heard = () => {
      if (silence !== undefined) silences?.end(outcome.clock, silence);
      this.#source.taken();
    };
    return this.#source.ask().then(
      ({ done, value }) => {
        heard();
        if (this.#isOver) return undefined;
        if (done) return this.#end(() => close(controller));
        this.#hasBytes = true;
        this.#hand(value, controller);
        return value.byteLength === 0 ? this.pull(controller) : undefined;
      },
      (error: unknown) => {
        heard();
        if (this.#isOver) return;
        controller.error(error);
        this.#isOver = true;
        if (!outcome.isAborted) this.#fail('broken', this.#watch.events?.ofError(error), error);
      },
    );
  }

  async cancel(reason: unknown): Promise<void> {
    if (this.#isOver) return;
    const cancelled = this.#source.cancel(reason);
    await this.#end(() => {});
    await cancelled;
  }

  #hand(chunk: Uint8Array, controller: Controller): void {
    if (chunk.byteLength === 0) return;
    this.#tail?.add(chunk);
    // Both kinds take bytes; only their types differ.
    (controller as ReadableStreamDefaultController<Uint8Array>).enqueue(chunk);
  }

  /** The stream is over, as far as anybody wants it: its last events tell how it went. */
  #end(close: () => void): Promise<void> | undefined {
    this.#isOver = true;
    const { events, outcome, newSplitter } = this.#watch;
    const last = this.#tail?.lastEvents(newSplitter()) ?? [];
    const told = events?.firstOf(last);
    if (told === undefined) {
      close();
      if (events) outcome.well();
      return undefined;
    }
    return told.then((classification) => {
      if (classification === undefined) outcome.well();
      else outcome.failed('error-event', classification);
      close();
    });
  }

  #fallSilent(silences: Silences, controller: Controller): void {
    const { outcome, idle } = this.#watch;
    const option = silences === idle ? 'streamIdleTimeoutMs' : 'firstByteTimeoutMs';
    const error = outcome.timeout(silences.ms, option);
    this.#isOver = true;
    controller.error(error);
    this.#source.cancel(error).catch(() => {});
    this.#fail('idle', error.classification, error);
  }

  #fail(
    because: StreamFailedEvent['because'],
    classification: Classification | undefined,
    error: unknown,
  ): void {
    this.#isOver = true;
    if (this.#watch.events && classification) {
      this.#watch.outcome.failed(because, classification, error);
    }
  }
}

/** Ends a body, also for a reader that waits with a buffer of its own. */
function close(controller: Controller): void {
  controller.close();
  if ('byobRequest' in controller) controller.byobRequest?.respond(0);
}
