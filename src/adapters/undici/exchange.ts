import { READ_COPY_DEFAULTS } from '../../classify/body/body-copy.ts';
import { classifyFailure } from '../../classify/response-failure.ts';
import type { Catalog } from '../../classify/catalog/catalog.ts';
import { readHeaders } from '../../classify/headers/response-headers.ts';
import { classifyThrown } from '../../classify/thrown/thrown.ts';
import type { CallOptions, OperationContext } from '../../core/call.ts';
import type { Cancellation } from '../../core/cancellation.ts';
import { SUCCESS, type Classification } from '../../core/classification.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import { Context } from '../../core/context.ts';
import type { History } from '../../core/history.ts';
import type { OutcomeReader, Repetition } from '../../core/outcome-reader.ts';
import type { Policy } from '../../core/policy.ts';
import { UPLOAD_BROKEN } from '../../http/broken-upload.ts';
import { repetitionOf } from '../../http/repeatable.ts';
import { rememberCall } from '../../http/report.ts';
import { Answer } from './answer.ts';
import { AttemptHandler } from './attempt-handler.ts';
import { decodedBeginning } from './content-coding.ts';
import { Delivery } from './delivery.ts';
import type { Dispatch, DispatchHandler, DispatchOptions } from './dispatching.ts';
import { prepareDispatchReplay, type DispatchReplay } from './replay.ts';
import { watchBody } from './request-body.ts';

/** One request under a policy: how it is sent, and how its outcomes are read. */
export class Exchange implements CallOptions, OutcomeReader {
  readonly key: string;
  readonly clock: Clock;
  readonly #dispatch: Dispatch;
  readonly #replay: DispatchReplay;
  readonly #policy: Policy;
  readonly #catalogs: readonly Catalog[];
  readonly #delivery: Delivery;
  #history: History | undefined;

  constructor(
    dispatch: Dispatch,
    options: DispatchOptions,
    handler: DispatchHandler,
    policy: Policy,
    { key, catalogs }: { readonly key: string; readonly catalogs: readonly Catalog[] },
  ) {
    this.#dispatch = dispatch;
    this.#replay = policy.repeats
      ? prepareDispatchReplay(options)
      : { obstacle: undefined, options };
    this.#policy = policy;
    this.#catalogs = catalogs;
    this.#delivery = new Delivery(handler);
    this.key = key;
    this.clock = policy.clock ?? systemClock;
  }

  /** Is cancelled when the caller gives up before there is an answer to give. */
  get cancellation(): Cancellation {
    return this.#delivery.cancellation;
  }

  get reader(): OutcomeReader {
    return this;
  }

  /** Makes the call and hands over what it gave. Never rejects on its own account. */
  async run(): Promise<void> {
    const delivery = this.#delivery;
    delivery.start();
    const { request, release } = watchBody(this.#replay.options, (...news) =>
      this.#breakOff(...news),
    );
    let answer: Answer;
    try {
      answer = answerOf(
        await this.#policy.execute((context) => this.#attempt(request, context), this),
      );
    } catch (error) {
      rememberCall(error, this.#history);
      rememberCall(delivery.context, this.#history);
      return delivery.fail(error as Error);
    } finally {
      release();
    }
    rememberCall(delivery.context, this.#history);
    // Aborted between the classification and now.
    if (delivery.reason) answer.abort(delivery.reason);
    if (delivery.reason) return delivery.fail(delivery.reason);
    delivery.give(answer);
  }

  async #attempt(request: DispatchOptions, context: OperationContext | undefined): Promise<Answer> {
    const handler = new AttemptHandler(this.#delivery, this.clock);
    if (context instanceof Context) this.#history = context.call.history;
    // The core's own cancellation: a signal, which nobody here needs, would cost more.
    const cancellation = context instanceof Context ? context.cancellation : this.cancellation;
    const forget = cancellation?.onCancel((reason) => handler.stop(reason));
    try {
      return await handler.answerTo((listener) => this.#dispatch(request, listener));
    } finally {
      forget?.();
    }
  }

  /** The body has broken off: its caller has failed, not the server, as if it had aborted. */
  #breakOff(error: Error): void {
    if (this.cancellation.cancelled) return;
    this.#delivery.abort(error, UPLOAD_BROKEN);
  }

  classifyValue(
    value: unknown,
    cancellation = this.cancellation,
  ): Classification | Promise<Classification> {
    if (!(value instanceof Answer)) return SUCCESS;
    const isFailure =
      value.statusCode >= 400 ||
      this.#catalogs.some(({ errorBodies }) => errorBodies === 'in-success');
    return isFailure ? this.#read(value, cancellation) : SUCCESS;
  }

  classifyError(error: unknown): Classification {
    if (this.cancellation.cancelled) return this.cancellation.classification;
    return classifyThrown(error, { catalog: this.#catalogs, now: this.clock.epochNow() });
  }

  holdsNothing(value: unknown): boolean {
    return !(value instanceof Answer) || value.isWhole;
  }

  discard(value: unknown, cancellation: Cancellation | undefined): PromiseLike<void> | void {
    if (value instanceof Answer) return value.discard(this.clock, cancellation);
  }

  repetition(classification: Classification): Repetition {
    const { obstacle, options } = this.#replay;
    const { method, headers, idempotent } = options;
    if (obstacle !== undefined) return { obstacle };
    if (idempotent === true) return {};
    const fields: [string, string][] = [...readHeaders(headers)];
    return {
      ...repetitionOf(['', { method, headers: fields }], classification),
      // Its caller knows better than the method does.
      ...(idempotent === false ? { unsafe: method } : {}),
      documentedAsSafe: this.#catalogs.some(({ unsafeMethods }) => unsafeMethods === 'retry'),
    };
  }

  async #read(answer: Answer, cancellation: Cancellation): Promise<Classification> {
    const { headers, statusCode, arrivedAt } = answer;
    const body = await decodedBeginning(
      await answer.beginning(this.clock, cancellation),
      readHeaders({ coding: headers['content-encoding'] }).get('coding'),
      READ_COPY_DEFAULTS.maxBytes,
    );
    return classifyFailure(
      { status: statusCode, headers, body },
      { catalog: this.#catalogs, now: arrivedAt },
    );
  }
}

/** @throws {TypeError} for what a policy of the user's own made up. */
function answerOf(outcome: unknown): Answer {
  if (outcome instanceof Answer) return outcome;
  const type = Object.prototype.toString.call(outcome).slice('[object '.length, -1);
  throw new TypeError(
    `the policy given to resilient() must resolve with what its operation gave, but it resolved with a value of type ${type}`,
  );
}
