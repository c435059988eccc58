import { Cancellation } from '../../core/cancellation.ts';
import { ABORTED, type Classification } from '../../core/classification.ts';
import { CallContext } from '../../http/report.ts';
import type { Answer, Fields, Receiver } from './answer.ts';
import type { DispatchController, DispatchHandler, DispatchHeaders } from './dispatching.ts';
import type { RawHandler, RawHeaders } from './raw-handler.ts';
import { RequestAbortedError } from './request-aborted.ts';

/**
 * The caller's side of an exchange: the one controller that the caller's handler ever sees,
 * however many attempts there are, and the answer that it gets in the end.
 */
abstract class Delivering implements DispatchController, Receiver {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  /** Handed to the handler before any attempt is made; what undici says of each is added to it. */
  readonly context = new CallContext();
  /** Cancelled when the caller gives up before there is an answer to give. */
  readonly cancellation = new Cancellation();
  #answer: Answer | undefined = undefined;
  #isOver = false;

  protected abstract tellStart(): void;
  abstract noteFirstByte(): void;
  protected abstract tellHead(status: number, headers: Fields, message: string | undefined): void;
  protected abstract tellData(chunk: Uint8Array): void;
  protected abstract tellEnd(trailers: Fields): void;
  protected abstract tellError(error: Error): void;

  get rawHeaders(): unknown {
    return this.#answer?.controller.rawHeaders ?? null;
  }

  get rawTrailers(): unknown {
    return this.#answer?.controller.rawTrailers ?? null;
  }

  /** Tells the handler how to abort, before anything is sent: it may have to wait for long. */
  start(): void {
    try {
      this.tellStart();
    } catch (error) {
      this.abort(error as Error);
    }
  }

  /** Interim responses (1xx) go through as they come. */
  inform(statusCode: number, headers: Fields, statusMessage: string | undefined): void {
    this.tellHead(statusCode, headers, statusMessage);
  }

  /** Gives the caller this answer, from its headers to its end. */
  give(answer: Answer): void {
    this.#answer = answer;
    const { statusCode, headers, statusMessage } = answer;
    try {
      this.tellHead(statusCode, headers, statusMessage);
    } catch (error) {
      this.#giveUp(error as Error);
    }
    if (!this.#isOver) answer.flowTo(this);
  }

  abort(reason?: Error, classification: Classification = ABORTED): void {
    if (this.aborted || this.#isOver) return;
    this.aborted = true;
    this.reason = reason ?? new RequestAbortedError();
    if (this.#answer === undefined) this.cancellation.cancel(this.reason, classification);
    else this.#giveUp(this.reason);
  }

  pause(): void {
    this.paused = true;
    this.#answer?.adjustFlow();
  }

  resume(): void {
    this.paused = false;
    this.#answer?.adjustFlow();
  }

  /** A handler that throws has aborted, as it has under undici itself. */
  data(chunk: Uint8Array): void {
    if (this.#isOver) return;
    try {
      this.tellData(chunk);
    } catch (error) {
      this.#giveUp(error as Error);
    }
  }

  end(trailers: Fields): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.tellEnd(trailers);
    } catch (error) {
      this.tellError(error as Error);
    }
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.tellError(error);
  }

  #giveUp(reason: Error): void {
    this.#answer?.abort(reason);
    // undici has told of it by now, unless the answer had already come to its end.
    this.fail(reason);
  }
}

/** To a handler as undici documents it. */
export class Delivery extends Delivering {
  readonly #handler: DispatchHandler;

  constructor(handler: DispatchHandler) {
    super();
    this.#handler = handler;
  }

  protected tellStart(): void {
    this.#handler.onRequestStart?.(this, this.context);
  }

  noteFirstByte(): void {
    this.#handler.onResponseStarted?.();
  }

  protected tellHead(status: number, headers: Fields, message: string | undefined): void {
    this.#handler.onResponseStart?.(this, status, headers as DispatchHeaders, message);
  }

  protected tellData(chunk: Uint8Array): void {
    this.#handler.onResponseData?.(this, chunk);
  }

  protected tellEnd(trailers: Fields): void {
    this.#handler.onResponseEnd?.(this, trailers as DispatchHeaders);
  }

  protected tellError(error: Error): void {
    this.#handler.onResponseError?.(this, error);
  }
}

/** To a handler of the older kind. */
export class RawDelivery extends Delivering {
  readonly #handler: RawHandler;

  constructor(handler: RawHandler) {
    super();
    this.#handler = handler;
  }

  protected tellStart(): void {
    this.#handler.onConnect((reason) => this.abort(reason), this.context);
  }

  noteFirstByte(): void {
    this.#handler.onResponseStarted?.();
  }

  protected tellHead(status: number, headers: Fields, message: string | undefined): void {
    const goesOn = this.#handler.onHeaders(
      status,
      headers as RawHeaders,
      () => this.resume(),
      message,
    );
    if (goesOn === false) this.pause();
  }

  protected tellData(chunk: Uint8Array): void {
    if (this.#handler.onData(chunk) === false) this.pause();
  }

  protected tellEnd(trailers: Fields): void {
    this.#handler.onComplete(trailers as RawHeaders);
  }

  protected tellError(error: Error): void {
    this.#handler.onError(error);
  }
}
