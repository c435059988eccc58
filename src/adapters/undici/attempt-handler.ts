import type { Cancellable, Cancellation } from '../../core/cancellation.ts';
import type { Clock } from '../../core/clock.ts';
import { Answer } from './answer.ts';
import type { Delivery } from './delivery.ts';
import type {
  Dispatch,
  DispatchController,
  DispatchHandler,
  DispatchHeaders,
  DispatchOptions,
} from './dispatching.ts';
import type { WatchedUpload } from './request-body.ts';

/** Makes one attempt, and an {@link Answer}, or a rejection, of what it hears. */
export class AttemptHandler implements DispatchHandler, Cancellable {
  readonly #delivery: Delivery;
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
    delivery: Delivery,
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
        dispatch(request, this);
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

  onRequestStart(controller: DispatchController, context: object | undefined): void {
    this.#controller = controller;
    Object.assign(this.#delivery.context, context);
    if (this.#isStopped) controller.abort(this.#stoppedBy as Error);
  }

  onResponseStarted(): void {
    if (!this.#isStopped) this.#delivery.noteFirstByte();
  }

  onResponseStart(
    controller: DispatchController,
    statusCode: number,
    headers: DispatchHeaders,
    statusMessage?: string,
  ): void {
    if (this.#isStopped) return;
    if (statusCode < 200) return this.#delivery.inform(statusCode, headers, statusMessage);
    const arrivedAt = this.#clock.epochNow();
    this.#answer = new Answer(controller, statusCode, headers, statusMessage, arrivedAt);
    this.#cancellation?.remove(this);
    this.#resolve?.(this.#answer);
  }

  onResponseData(_controller: DispatchController, chunk: Uint8Array): void {
    this.#answer?.data(chunk);
  }

  onResponseEnd(_controller: DispatchController, trailers: DispatchHeaders): void {
    this.#answer?.end(trailers);
  }

  onResponseError(_controller: DispatchController, error: Error): void {
    this.#upload?.fail(error);
    if (this.#answer) this.#answer.fail(error);
    else this.#fail(error);
  }

  #fail(error: unknown): void {
    this.#cancellation?.remove(this);
    this.#reject?.(error);
  }
}
