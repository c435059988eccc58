import { Cancellation } from '../../core/cancellation.ts';
import { ABORTED, type Classification } from '../../core/classification.ts';
import { CallContext } from '../../http/report.ts';
import type { Answer, Receiver } from './answer.ts';
import type { DispatchController, DispatchHandler, DispatchHeaders } from './dispatching.ts';
import { RequestAbortedError } from './request-aborted.ts';

/**
 * The caller's side of an exchange: the one controller that the caller's handler ever sees,
 * however many attempts there are, and the answer that it gets in the end.
 */
export class Delivery implements DispatchController, Receiver {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  /** Handed to the handler before any attempt is made; what undici says of each is added to it. */
  readonly context = new CallContext();
  /** Cancelled when the caller gives up before there is an answer to give. */
  readonly cancellation = new Cancellation();
  readonly #handler: DispatchHandler;
  #answer: Answer | undefined = undefined;
  #isOver = false;

  constructor(handler: DispatchHandler) {
    this.#handler = handler;
  }

  get rawHeaders(): unknown {
    return this.#answer?.controller.rawHeaders ?? null;
  }

  get rawTrailers(): unknown {
    return this.#answer?.controller.rawTrailers ?? null;
  }

  /** Tells the handler how to abort, before anything is sent: it may have to wait for long. */
  start(): void {
    try {
      this.#handler.onRequestStart?.(this, this.context);
    } catch (error) {
      this.abort(error as Error);
    }
  }

  /** Interim responses (1xx) go through as they come. */
  inform(statusCode: number, headers: DispatchHeaders, statusMessage: string | undefined): void {
    this.#handler.onResponseStart?.(this, statusCode, headers, statusMessage);
  }

  noteFirstByte(): void {
    this.#handler.onResponseStarted?.();
  }

  /** Gives the caller this answer, from its headers to its end. */
  give(answer: Answer): void {
    this.#answer = answer;
    const { statusCode, headers, statusMessage } = answer;
    try {
      this.#handler.onResponseStart?.(this, statusCode, headers, statusMessage);
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
      this.#handler.onResponseData?.(this, chunk);
    } catch (error) {
      this.#giveUp(error as Error);
    }
  }

  end(trailers: DispatchHeaders): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.#handler.onResponseEnd?.(this, trailers);
    } catch (error) {
      this.#handler.onResponseError?.(this, error as Error);
    }
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler.onResponseError?.(this, error);
  }

  #giveUp(reason: Error): void {
    this.#answer?.abort(reason);
    // undici has told of it by now, unless the answer had already come to its end.
    this.fail(reason);
  }
}
