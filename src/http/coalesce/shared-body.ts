import { setAlarm, type Clock, type Timer } from '../../core/clock.ts';

/** How far the readers of one body may be apart. */
export interface SharedBodyLimits {
  readonly maxLagBytes: number;
  readonly maxStallMs: number;
  readonly clock: Clock;
}

/** A piece of the body that some have yet to read. */
interface Piece {
  readonly bytes: Uint8Array;
  /** How many readers have yet to take it. */
  left: number;
}

/**
 * One body for many readers. The source is read once, when the fastest of them asks for more; what
 * the others have yet to read is kept once for all of them, up to `maxLagBytes`. Then the fastest
 * wait, and a reader that takes nothing for `maxStallMs` meanwhile is let go: its stream ends in an
 * error.
 *
 * A chain of `tee()` has no such bound: its source goes at the pace of the fastest branch, and each
 * branch keeps for itself what it has not read.
 */
export class SharedBody {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  readonly #limits: SharedBodyLimits;
  readonly #readers = new Set<BodyReader>();
  /** Those who have asked for bytes that are not there yet. */
  readonly #waiting = new Set<BodyReader>();
  readonly #pieces: Piece[] = [];
  /** How many pieces everybody has taken: the place of the first that is kept. */
  #dropped = 0;
  #bytesKept = 0;
  #isReading = false;
  #end: { readonly error?: unknown } | undefined;
  #stall: Timer | undefined;

  constructor(source: ReadableStream<Uint8Array>, limits: SharedBodyLimits) {
    this.#source = source.getReader();
    this.#limits = limits;
  }

  /** A reader of the whole body; all of them are made before the first of them reads. */
  reader(): BodyReader {
    const reader = new BodyReader(this);
    this.#readers.add(reader);
    return reader;
  }

  /** Gives a reader its next piece, now or as soon as it is there. */
  serve(reader: BodyReader): void {
    const piece = this.#pieces[reader.place - this.#dropped];
    if (piece !== undefined) {
      reader.place += 1;
      piece.left -= 1;
      // Each gets bytes of its own; the last may have the original.
      reader.take(piece.left === 0 ? piece.bytes : piece.bytes.slice());
      this.#dropTaken();
    } else if (this.#end !== undefined) {
      this.#readers.delete(reader);
      reader.finish(this.#end);
    } else {
      this.#waiting.add(reader);
    }
    this.#readOn();
  }

  /** A reader wants no more. With the last of them the source is given up. */
  leave(reader: BodyReader, reason: unknown): void {
    if (!this.#readers.delete(reader)) return;
    this.#waiting.delete(reader);
    for (const piece of this.#pieces.slice(reader.place - this.#dropped)) piece.left -= 1;
    this.#dropTaken();
    if (this.#readers.size > 0) return this.#readOn();
    this.#stall?.cancel();
    this.#source.cancel(reason).catch(() => {});
  }

  #dropTaken(): void {
    while (this.#pieces[0]?.left === 0) {
      this.#bytesKept -= this.#pieces.shift()?.bytes.byteLength ?? 0;
      this.#dropped += 1;
      this.#stall?.cancel();
      this.#stall = undefined;
    }
  }

  #readOn(): void {
    if (this.#isReading || this.#end !== undefined || this.#waiting.size === 0) return;
    if (this.#bytesKept >= this.#limits.maxLagBytes) return this.#awaitTheSlowest();
    this.#isReading = true;
    this.#source.read().then(
      ({ done, value }) => {
        this.#isReading = false;
        if (done) return this.#finish({});
        this.#pieces.push({ bytes: value, left: this.#readers.size });
        this.#bytesKept += value.byteLength;
        this.#serveWaiting();
      },
      (error: unknown) => {
        this.#isReading = false;
        this.#finish({ error });
      },
    );
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#end = end;
    this.#serveWaiting();
  }

  #serveWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reader of waiting) this.serve(reader);
  }

  #awaitTheSlowest(): void {
    const { clock, maxStallMs } = this.#limits;
    this.#stall ??= setAlarm(clock, () => this.#letGoTheSlowest(), clock.now() + maxStallMs);
  }

  #letGoTheSlowest(): void {
    this.#stall = undefined;
    for (const reader of this.#readers) {
      if (reader.place === this.#dropped) reader.abort(stalled(this.#limits));
    }
  }
}

/** One of those who read a shared body. */
export class BodyReader {
  readonly stream: ReadableStream<Uint8Array>;
  /** The next piece to take, counted over the whole body. */
  place = 0;
  /** Ends the request for more that the stream has made. */
  #served: (() => void) | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #body: SharedBody;

  constructor(body: SharedBody) {
    this.#body = body;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () =>
          new Promise((resolve) => {
            this.#served = resolve;
            body.serve(this);
          }),
        cancel: (reason) => {
          this.#settle();
          body.leave(this, reason);
        },
      },
      // Nothing is kept here besides what is kept for all.
      { highWaterMark: 0 },
    );
  }

  take(bytes: Uint8Array): void {
    this.#controller?.enqueue(bytes);
    this.#settle();
  }

  finish(end: { readonly error?: unknown }): void {
    if ('error' in end) this.#controller?.error(end.error);
    else this.#controller?.close();
    this.#controller = undefined;
    this.#settle();
  }

  /** Ends this stream alone. */
  abort(reason: unknown): void {
    if (this.#controller === undefined) return;
    this.finish({ error: reason });
    this.#body.leave(this, reason);
  }

  #settle(): void {
    this.#served?.();
    this.#served = undefined;
  }
}

/** What one gets that left its body unread while the others waited for the rest. */
const stalled = ({ maxLagBytes, maxStallMs }: SharedBodyLimits): Error =>
  new Error(
    `not read for ${maxStallMs} ms (maxStallMs) while others waited ${maxLagBytes} bytes (maxLagBytes) ahead`,
  );
