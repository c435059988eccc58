import { READ_COPY_DEFAULTS } from '../../classify/body/body-copy.ts';
import type { Cancellation } from '../../core/cancellation.ts';
import type { Clock } from '../../core/clock.ts';
import { DRAIN_DEFAULTS } from '../../http/drain.ts';
import type { DispatchController, DispatchHeaders } from './dispatching.ts';
import { textOfRaw, type RawHeaders } from './raw-handler.ts';

/** A head's fields, or a body's trailers, in the kind that the caller's handler takes. */
export type Fields = DispatchHeaders | RawHeaders;

/** Who gets an answer in the end, at its own pace. */
export interface Receiver {
  readonly paused: boolean;
  data(chunk: Uint8Array): void;
  end(trailers: Fields): void;
  fail(error: Error): void;
}

/**
 * What one attempt gave: its headers, and a body that is held back, up to 64 KiB, until it is known
 * whether the caller gets it or it is thrown away.
 */
export class Answer {
  readonly statusCode: number;
  readonly headers: Fields;
  readonly statusMessage: string | undefined;
  readonly controller: DispatchController;
  /** When the headers came, in milliseconds since 1970: a wait hint counts from here. */
  readonly arrivedAt: number;
  /** What nobody has received yet; most answers are one chunk, and need no list. */
  #held: Uint8Array | Uint8Array[] | undefined = undefined;
  #bytes = 0;
  #ending: 'complete' | 'broken' | undefined = undefined;
  #trailers: Fields | undefined = undefined;
  #error: Error | undefined = undefined;
  #receiver: Receiver | undefined = undefined;
  #isDiscarded = false;
  #isUpstreamPaused = false;
  #isFlowing = false;
  /** Told of whatever comes in while nobody receives it. */
  #noteProgress: (() => void) | undefined = undefined;

  constructor(
    controller: DispatchController,
    statusCode: number,
    headers: Fields,
    statusMessage: string | undefined,
    arrivedAt: number,
  ) {
    this.controller = controller;
    this.statusCode = statusCode;
    this.headers = headers;
    this.statusMessage = statusMessage;
    this.arrivedAt = arrivedAt;
  }

  /** The headers in a form that the classifier reads. */
  get readableHeaders(): DispatchHeaders | readonly string[] {
    return isList(this.headers) ? textOfRaw(this.headers) : this.headers;
  }

  /** Bytes came over the wire. */
  data(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (!this.#isDiscarded) this.#hold(chunk);
    if (this.#receiver) return this.#flow();
    if (!this.#isDiscarded && this.#bytes >= READ_COPY_DEFAULTS.maxBytes) this.#pauseUpstream();
    this.#noteProgress?.();
  }

  /** The body is complete. */
  end(trailers: Fields): void {
    if (this.#ending === undefined) this.#trailers = trailers;
    this.#finish('complete');
  }

  /** The body broke off. */
  fail(error: Error): void {
    if (this.#ending === undefined) this.#error = error;
    this.#finish('broken');
  }

  /**
   * The first 64 KiB of the body, or what there is of it after a second, when it breaks off or when
   * nobody wants it any more. The answer stays whole.
   */
  async beginning(clock: Clock, cancellation: Cancellation): Promise<Uint8Array> {
    const { maxBytes, maxMs } = READ_COPY_DEFAULTS;
    await this.#until(() => this.#bytes >= maxBytes, maxMs, clock, cancellation);
    return Buffer.concat([this.#held ?? []].flat()).subarray(0, maxBytes);
  }

  /** Whether all of it is here, so that it holds no connection. */
  get isWhole(): boolean {
    return this.#ending === 'complete';
  }

  /**
   * Throws the body away: it is read to its end if that is near, so that the connection can carry
   * the next request; otherwise the connection is given up. Never rejects.
   */
  async discard(clock: Clock, cancellation: Cancellation | undefined): Promise<void> {
    if (this.#isDiscarded || this.#receiver) return;
    this.#isDiscarded = true;
    this.#held = undefined;
    this.#resumeUpstream();
    const { maxBytes, maxMs } = DRAIN_DEFAULTS;
    await this.#until(() => this.#bytes >= maxBytes, maxMs, clock, cancellation);
    if (this.#ending === undefined) {
      this.controller.abort(new Error('the body of a failed attempt was too long to read on'));
    } else if (this.#ending === 'complete') {
      // undici takes the connection for the next request only after it has told of this end.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** Hands over the body, what was held back first, as fast as the receiver takes it. */
  flowTo(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#flow();
  }

  /** Goes on, or stops, as the receiver's `paused` now says. */
  adjustFlow(): void {
    this.#flow();
  }

  /** Gives the exchange up: nothing of it is wanted any more. */
  abort(reason: Error): void {
    this.#isDiscarded = true;
    this.#held = undefined;
    if (this.#ending === undefined) this.controller.abort(reason);
  }

  #hold(chunk: Uint8Array): void {
    if (this.#held === undefined) this.#held = chunk;
    else if (Array.isArray(this.#held)) this.#held.push(chunk);
    else this.#held = [this.#held, chunk];
  }

  /** Takes the first chunk that is held. */
  #shift(): Uint8Array | undefined {
    const held = this.#held;
    const isList = Array.isArray(held);
    if (!isList || held.length === 1) this.#held = undefined;
    return isList ? held.shift() : held;
  }

  #finish(ending: 'complete' | 'broken'): void {
    this.#ending ??= ending;
    if (this.#receiver) this.#flow();
    else this.#noteProgress?.();
  }

  #flow(): void {
    const receiver = this.#receiver;
    // A handler may pause, resume or abort from within a callback.
    if (!receiver || this.#isFlowing) return;
    this.#isFlowing = true;
    try {
      while (!receiver.paused) {
        const chunk = this.#shift();
        if (chunk === undefined) break;
        receiver.data(chunk);
      }
    } finally {
      this.#isFlowing = false;
    }
    if (this.#ending === undefined) {
      if (receiver.paused) this.#pauseUpstream();
      else this.#resumeUpstream();
    } else if (this.#held !== undefined) {
      return;
    } else if (this.#ending === 'broken') {
      receiver.fail(this.#error as Error);
    } else if (!receiver.paused) {
      receiver.end(this.#trailers as Fields);
    }
  }

  #pauseUpstream(): void {
    if (this.#isUpstreamPaused) return;
    this.#isUpstreamPaused = true;
    this.controller.pause();
  }

  #resumeUpstream(): void {
    if (!this.#isUpstreamPaused) return;
    this.#isUpstreamPaused = false;
    this.controller.resume();
  }

  /** Waits for the end of the body, or for enough of it, or for the time or the patience to end. */
  #until(
    isEnough: () => boolean,
    maxMs: number,
    clock: Clock,
    cancellation: Cancellation | undefined,
  ): Promise<void> | undefined {
    const isOver = () => this.#ending !== undefined || isEnough();
    if (isOver() || cancellation?.cancelled) return undefined;
    return new Promise((resolve) => {
      const finish = () => {
        this.#noteProgress = undefined;
        timer.cancel();
        forget?.();
        resolve();
      };
      const timer = clock.setTimer(finish, maxMs);
      const forget = cancellation?.onCancel(finish);
      this.#noteProgress = () => {
        if (isOver()) finish();
      };
    });
  }
}

const isList = (fields: Fields): fields is RawHeaders => Array.isArray(fields);
