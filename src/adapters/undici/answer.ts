import { READ_COPY_DEFAULTS } from '../../classify/body/body-copy.ts';
import type { Cancellation } from '../../core/cancellation.ts';
import type { Clock } from '../../core/clock.ts';
import { DRAIN_DEFAULTS } from '../../http/drain.ts';
import type { DispatchController, DispatchHeaders } from './dispatching.ts';

/** Who gets an answer in the end, at its own pace. */
export interface Receiver {
  readonly paused: boolean;
  data(chunk: Uint8Array): void;
  end(trailers: DispatchHeaders): void;
  fail(error: Error): void;
}

type Ending =
  | { readonly kind: 'complete'; readonly trailers: DispatchHeaders }
  | { readonly kind: 'broken'; readonly error: Error };

/**
 * What one attempt gave: its headers, and a body that is held back, up to 64 KiB, until it is known
 * whether the caller gets it or it is thrown away.
 */
export class Answer {
  readonly statusCode: number;
  readonly headers: DispatchHeaders;
  readonly statusMessage: string | undefined;
  readonly controller: DispatchController;
  /** When the headers came, in milliseconds since 1970: a wait hint counts from here. */
  readonly arrivedAt: number;
  #held: Uint8Array[] = [];
  #bytes = 0;
  #ending: Ending | undefined;
  #receiver: Receiver | undefined;
  #isDiscarded = false;
  #isUpstreamPaused = false;
  #isFlowing = false;
  /** Told of whatever comes in while nobody receives it. */
  #noteProgress: (() => void) | undefined;

  constructor(
    controller: DispatchController,
    statusCode: number,
    headers: DispatchHeaders,
    statusMessage: string | undefined,
    arrivedAt: number,
  ) {
    this.controller = controller;
    this.statusCode = statusCode;
    this.headers = headers;
    this.statusMessage = statusMessage;
    this.arrivedAt = arrivedAt;
  }

  /** Bytes came over the wire. */
  data(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (!this.#isDiscarded) this.#held.push(chunk);
    if (this.#receiver) return this.#flow();
    if (!this.#isDiscarded && this.#bytes >= READ_COPY_DEFAULTS.maxBytes) this.#pauseUpstream();
    this.#noteProgress?.();
  }

  /** The body is complete. */
  end(trailers: DispatchHeaders): void {
    this.#finish({ kind: 'complete', trailers });
  }

  /** The body broke off. */
  fail(error: Error): void {
    this.#finish({ kind: 'broken', error });
  }

  /**
   * The first 64 KiB of the body, or what there is of it after a second, when it breaks off or when
   * nobody wants it any more. The answer stays whole.
   */
  async beginning(clock: Clock, cancellation: Cancellation): Promise<Uint8Array> {
    const { maxBytes, maxMs } = READ_COPY_DEFAULTS;
    await this.#until(() => this.#bytes >= maxBytes, maxMs, clock, cancellation);
    return Buffer.concat(this.#held).subarray(0, maxBytes);
  }

  /** Whether all of it is here, so that it holds no connection. */
  get isWhole(): boolean {
    return this.#ending?.kind === 'complete';
  }

  /**
   * Throws the body away: it is read to its end if that is near, so that the connection can carry
   * the next request; otherwise the connection is given up. Never rejects.
   */
  async discard(clock: Clock, cancellation: Cancellation | undefined): Promise<void> {
    if (this.#isDiscarded || this.#receiver) return;
    this.#isDiscarded = true;
    this.#held = [];
    this.#resumeUpstream();
    const { maxBytes, maxMs } = DRAIN_DEFAULTS;
    await this.#until(() => this.#bytes >= maxBytes, maxMs, clock, cancellation);
    if (this.#ending === undefined) {
      this.controller.abort(new Error('the body of a failed attempt was too long to read on'));
    } else if (this.#ending.kind === 'complete') {
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
    this.#held = [];
    if (this.#ending === undefined) this.controller.abort(reason);
  }

  #finish(ending: Ending): void {
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
        const chunk = this.#held.shift();
        if (chunk === undefined) break;
        receiver.data(chunk);
      }
    } finally {
      this.#isFlowing = false;
    }
    if (this.#ending === undefined) {
      if (receiver.paused) this.#pauseUpstream();
      else this.#resumeUpstream();
    } else if (this.#held.length > 0) {
      return;
    } else if (this.#ending.kind === 'broken') {
      receiver.fail(this.#ending.error);
    } else if (!receiver.paused) {
      receiver.end(this.#ending.trailers);
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
