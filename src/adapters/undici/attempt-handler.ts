import type { Cancellable, Cancellation } from '../../core/cancellation.ts';
import type { Clock } from '../../core/clock.ts';
import { Answer, type Fields } from './answer.ts';
import type { Delivery, RawDelivery } from './delivery.ts';
import type {
  Dispatch,
  DispatchController,
  DispatchHandler,
  DispatchHeaders,
  DispatchOptions,
} from './dispatching.ts';
import type { RawHandler, RawHeaders } from './raw-handler.ts';
import type { WatchedUpload } from './request-body.ts';

/** Makes one attempt, and an {@link Answer}, or a rejection, of what it hears. */
abstract class Attempting implements Cancellable {
  readonly #delivery: Delivery | RawDelivery;
  readonly #clock: Clock;
  readonly #upload: WatchedUpload | undefined;
  readonly #cancellation: Cancellation | undefined;
  #resolve: ((answer: Answer) => void) | undefined = undefined;
  #reject: ((error: unknown) => void) | undefined = undefined;
  #controller: DispatchController | undefined = undefined;
  #answer: Answer | undefined = undefined;
  #stoppedBy: Error | undefined = undefined;
  #isStopped = false;

  /** @param cancellation - ends the attempt, as long as there is no answer */
  constructor(
    delivery: Delivery | RawDelivery,
    clock: Clock,
    upload: WatchedUpload | undefined,
    cancellation: Cancellation | undefined,
  ) {
    this.#delivery = delivery;
    this.#clock = clock;
    this.#upload = upload;
    this.#cancellation = cancellation;
  }

  /** Makes the attempt; settles when the headers are in. */
  answerTo(dispatch: Dispatch, request: DispatchOptions): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      const cancellation = this.#cancellation;
      if (cancellation?.cancelled) return this.cancel(cancellation.reason);
      cancellation?.add(this);
      try {
        dispatch(request, this as DispatchHandler);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  /** Ends the attempt; one that still waits for a connection is ended when it gets it, unsent. */
  cancel(reason: unknown): void {
    if (!this.#isStopped) this.#stoppedBy = reason as Error;
    this.#isStopped = true;
    this.#reject?.(reason);
    this.#controller?.abort(reason as Error);
  }

  protected begin(controller: DispatchController, context: object | undefined): void {
    this.#controller = controller;
    Object.assign(this.#delivery.context, context);
    if (this.#isStopped) controller.abort(this.#stoppedBy as Error);
  }

  onResponseStarted(): void {
    if (!this.#isStopped) this.#delivery.noteFirstByte();
  }

  protected hearHead(
    controller: DispatchController,
    statusCode: number,
    headers: Fields,
    statusMessage: string | undefined,
  ): void {
    if (this.#isStopped) return;
    if (statusCode < 200) return this.#delivery.inform(statusCode, headers, statusMessage);
    const arrivedAt = this.#clock.epochNow();
    this.#answer = new Answer(controller, statusCode, headers, statusMessage, arrivedAt);
    this.#cancellation?.remove(this);
    this.#resolve?.(this.#answer);
  }

  protected hearData(chunk: Uint8Array): void {
    this.#answer?.data(chunk);
  }

  protected hearEnd(trailers: Fields): void {
    this.#answer?.end(trailers);
  }

  protected hearError(error: Error): void {
    this.#upload?.fail(error);
    if (this.#answer) this.#answer.fail(error);
    else this.#fail(error);
  }

  #fail(error: unknown): void {
    this.#cancellation?.remove(this);
    this.#reject?.(error);
  }
}

/** Hears what undici tells its handlers. */
export class AttemptHandler extends Attempting implements DispatchHandler {
  onRequestStart(controller: DispatchController, context: object | undefined): void {
    this.begin(controller, context);
  }

  onResponseStart(
    controller: DispatchController,
    statusCode: number,
    headers: DispatchHeaders,
    statusMessage?: string,
  ): void {
    this.hearHead(controller, statusCode, headers, statusMessage);
  }

  onResponseData(_controller: DispatchController, chunk: Uint8Array): void {
    this.hearData(chunk);
  }

  onResponseEnd(_controller: DispatchController, trailers: DispatchHeaders): void {
    this.hearEnd(trailers);
  }

  onResponseError(_controller: DispatchController, error: Error): void {
    this.hearError(error);
  }
}

/** Hears what undici 7 tells handlers of the older kind, and controls the exchange as they do. */
export class RawAttemptHandler extends Attempting implements RawHandler, DispatchController {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: RawHeaders | null = null;
  rawTrailers: RawHeaders | null = null;
  #abort: ((reason?: Error) => void) | undefined = undefined;
  #resume: (() => void) | undefined = undefined;

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#abort?.(reason);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.#resume?.();
  }

  onConnect(abort: (reason?: Error) => void, context: object): void {
    this.#abort = abort;
    this.begin(this, context);
  }

  onHeaders(
    statusCode: number,
    headers: RawHeaders,
    resume: () => void,
    statusMessage?: string,
  ): boolean {
    this.#resume = resume;
    this.rawHeaders = headers;
    this.hearHead(this, statusCode, headers, statusMessage);
    return !this.paused;
  }

  onData(chunk: Uint8Array): boolean {
    this.hearData(chunk);
    return !this.paused;
  }

  onComplete(trailers: RawHeaders): void {
    this.rawTrailers = trailers;
    this.hearEnd(trailers);
  }

  onError(error: Error): void {
    this.hearError(error);
  }
}
