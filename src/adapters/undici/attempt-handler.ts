import type { Clock } from '../../core/clock.ts';
import { Answer } from './answer.ts';
import type { Delivery } from './delivery.ts';
import type { DispatchController, DispatchHandler, DispatchHeaders } from './dispatching.ts';

/** Listens to one attempt and makes an {@link Answer}, or a rejection, of what it hears. */
export class AttemptHandler implements DispatchHandler {
  readonly #delivery: Delivery;
  readonly #clock: Clock;
  #resolve: ((answer: Answer) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #controller: DispatchController | undefined;
  #answer: Answer | undefined;
  #stopped: { readonly reason: Error } | undefined;

  constructor(delivery: Delivery, clock: Clock) {
    this.#delivery = delivery;
    this.#clock = clock;
  }

  /** Makes the attempt; settles when the headers are in. */
  answerTo(send: (handler: DispatchHandler) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      send(this);
    });
  }

  /** Ends the attempt; one that still waits for a connection is ended when it gets it, unsent. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason: reason as Error };
    this.#reject?.(reason);
    this.#controller?.abort(reason as Error);
  }

  onRequestStart(controller: DispatchController, context: object | undefined): void {
    this.#controller = controller;
    Object.assign(this.#delivery.context, context);
    if (this.#stopped) controller.abort(this.#stopped.reason);
  }

  onResponseStarted(): void {
    if (!this.#stopped) this.#delivery.noteFirstByte();
  }

  onResponseStart(
    controller: DispatchController,
    statusCode: number,
    headers: DispatchHeaders,
    statusMessage?: string,
  ): void {
    if (this.#stopped) return;
    if (statusCode < 200) return this.#delivery.inform(statusCode, headers, statusMessage);
    const arrivedAt = this.#clock.epochNow();
    this.#answer = new Answer(controller, statusCode, headers, statusMessage, arrivedAt);
    this.#resolve?.(this.#answer);
  }

  onResponseData(_controller: DispatchController, chunk: Uint8Array): void {
    this.#answer?.data(chunk);
  }

  onResponseEnd(_controller: DispatchController, trailers: DispatchHeaders): void {
    this.#answer?.end(trailers);
  }

  onResponseError(_controller: DispatchController, error: Error): void {
    if (this.#answer) this.#answer.fail(error);
    else this.#reject?.(error);
  }
}
