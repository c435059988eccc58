import type { ChunkSource } from './chunk-source.ts';
import type { EventClassification } from './event-classification.ts';
import type { EventSplitter } from './event-splitter.ts';
import type { Silence, Silences } from './silences.ts';
import type { SilenceBound, StreamOutcome } from './stream-outcome.ts';
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
  readonly #idle: Silence | undefined;
  readonly #firstByte: Silence | undefined;
  #controller: Controller | undefined;
  #hasBytes: boolean;
  #isOver = false;

  constructor(source: ChunkSource, watch: Watch) {
    const { outcome, events, firstByte, idle } = watch;
    this.#source = source;
    this.#watch = watch;
    this.#tail = events && new Tail();
    this.#hasBytes = source.held.length > 0;
    this.#idle = idle?.of(outcome.clock, () => this.#fallSilent(idle, 'streamIdleTimeoutMs'));
    this.#firstByte = this.#hasBytes
      ? undefined
      : firstByte?.of(outcome.clock, () => this.#fallSilent(firstByte, 'firstByteTimeoutMs'));
  }

  pull(controller: Controller): Promise<void> | undefined {
    this.#controller = controller;
    const held = this.#source.held.shift();
    if (held !== undefined) {
      this.#hand(held, controller);
      return undefined;
    }
    (this.#hasBytes ? this.#idle : this.#firstByte)?.begin(this.#source.quietSince);
    return this.#source.ask().then(this.#came, this.#broke);
  }

  async cancel(reason: unknown): Promise<void> {
    if (this.#isOver) return;
    const cancelled = this.#source.cancel(reason);
    await this.#end(() => {});
    await cancelled;
  }

  // Fields, and not made for each chunk.
  readonly #came = ({
    done,
    value,
  }: ReadableStreamReadResult<Uint8Array>): Promise<void> | undefined => {
    const controller = this.#heard();
    if (this.#isOver || controller === undefined) return undefined;
    if (done) return this.#end(() => close(controller));
    // Nothing has come: a stream of bytes takes no empty chunk.
    if (value.byteLength === 0) return this.pull(controller);
    this.#hasBytes = true;
    this.#hand(value, controller);
    return undefined;
  };

  readonly #broke = (error: unknown): void => {
    const controller = this.#heard();
    if (this.#isOver) return;
    this.#isOver = true;
    controller?.error(error);
    const { outcome, events } = this.#watch;
    if (events && !outcome.isAborted) outcome.failed('broken', events.ofError(error), error);
  };

  /** What was asked for has come, or never will. */
  #heard(): Controller | undefined {
    (this.#hasBytes ? this.#idle : this.#firstByte)?.end();
    this.#source.taken();
    return this.#controller;
  }

  #hand(chunk: Uint8Array, controller: Controller): void {
    this.#tail?.add(chunk);
    // Both kinds take bytes; only their types differ. One of bytes takes the chunk's memory away.
    (controller as ReadableStreamDefaultController<Uint8Array>).enqueue(chunk);
  }

  /** The stream is over, as far as anybody wants it: its last events tell how it went. */
  #end(finish: () => void): Promise<void> | undefined {
    this.#isOver = true;
    const { events, outcome, newSplitter } = this.#watch;
    const last = this.#tail?.lastEvents(newSplitter()) ?? [];
    const told = events?.firstOf(last);
    if (told === undefined) {
      finish();
      if (events) outcome.well();
      return undefined;
    }
    return told.then((classification) => {
      if (classification === undefined) outcome.well();
      else outcome.failed('error-event', classification);
      finish();
    });
  }

  #fallSilent({ ms }: Silences, option: SilenceBound): void {
    const { outcome, events } = this.#watch;
    const error = outcome.timeout(ms, option);
    this.#isOver = true;
    this.#controller?.error(error);
    this.#source.cancel(error).catch(() => {});
    if (events) outcome.failed('idle', error.classification, error);
  }
}

/** Ends a body, also for a reader that waits with a buffer of its own. */
function close(controller: Controller): void {
  controller.close();
  if ('byobRequest' in controller) controller.byobRequest?.respond(0);
}
