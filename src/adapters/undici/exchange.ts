import { READ_COPY_DEFAULTS } from '../../classify/body/body-copy.ts';
import { classifyFailure } from '../../classify/response-failure.ts';
import type { Catalog } from '../../classify/catalog/catalog.ts';
import { announcedLimits } from '../../classify/headers/announced-limits.ts';
import { readHeaders, type HeadersLike } from '../../classify/headers/response-headers.ts';
import { classifyThrown } from '../../classify/thrown/thrown.ts';
import type { CallOptions, OperationContext } from '../../core/call.ts';
import type { Cancellation } from '../../core/cancellation.ts';
import { SUCCESS, type Classification } from '../../core/classification.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import { Context } from '../../core/context.ts';
import type { History } from '../../core/history.ts';
import type { AnnouncedLimit, OutcomeReader, Repetition } from '../../core/outcome-reader.ts';
import type { Policy } from '../../core/policy.ts';
import { UPLOAD_BROKEN } from '../../http/broken-upload.ts';
import { nameOrDefault } from '../../http/name-or-default.ts';
import { repetitionOf } from '../../http/repeatable.ts';
import { CallContext, rememberCall } from '../../http/report.ts';
import { routeOf } from '../../http/route.ts';
import { scopeOf } from '../../http/scope.ts';
import { Answer } from './answer.ts';
import { AttemptHandler, RawAttemptHandler } from './attempt-handler.ts';
import { decodedBeginning } from './content-coding.ts';
import { Delivery, RawDelivery } from './delivery.ts';
import type { Dispatch, DispatchHandler, DispatchOptions } from './dispatching.ts';
import { isRaw } from './raw-handler.ts';
import { prepareDispatchReplay, type DispatchReplay } from './replay.ts';
import { watchBody, type WatchedUpload } from './request-body.ts';

/** How one request is read. */
export interface RequestReading {
  readonly key: string;
  readonly catalogs: readonly Catalog[];
  readonly scope: NameOf;
  readonly route: NameOf;
}

type NameOf = string | ((options: DispatchOptions) => string) | undefined;

/**
 * One request under a policy: how it is sent, and how its outcomes are read. It is made for every
 * request, so it has no async functions of its own: each would cost as much as all of it.
 */
export class Exchange implements CallOptions, OutcomeReader {
  readonly key: string;
  readonly clock: Clock;
  readonly #dispatch: Dispatch;
  readonly #replay: DispatchReplay;
  readonly #policy: Policy;
  readonly #reading: RequestReading;
  readonly #delivery: Delivery | RawDelivery;
  #request: DispatchOptions;
  #upload: WatchedUpload | undefined = undefined;
  #history: History | undefined = undefined;
  #scope: string | undefined = undefined;
  #route: string | undefined = undefined;

  constructor(
    dispatch: Dispatch,
    options: DispatchOptions,
    handler: DispatchHandler,
    policy: Policy,
    reading: RequestReading,
  ) {
    this.#dispatch = dispatch;
    this.#replay = policy.repeats
      ? prepareDispatchReplay(options)
      : { obstacle: undefined, options };
    this.#request = this.#replay.options;
    this.#policy = policy;
    this.#reading = reading;
    this.#delivery = isRaw(handler) ? new RawDelivery(handler) : new Delivery(handler);
    this.key = reading.key;
    this.clock = policy.clock ?? systemClock;
  }

  /** Is cancelled when the caller gives up before there is an answer to give. */
  get cancellation(): Cancellation {
    return this.#delivery.cancellation;
  }

  get reader(): OutcomeReader {
    return this;
  }

  get method(): string {
    const { method }: { readonly method: unknown } = this.#request;
    return String(method).toUpperCase();
  }

  get scope(): string {
    return (this.#scope ??= nameOrDefault(this.#reading.scope, [this.#request], () =>
      scopeOf(this.key, readHeaders(this.#request.headers)),
    ));
  }

  get route(): string {
    return (this.#route ??= nameOrDefault(this.#reading.route, [this.#request], () =>
      routeOf(this.method, addressIn(this.#request)),
    ));
  }

  get #catalogs(): readonly Catalog[] {
    return this.#reading.catalogs;
  }

  /** Makes the call and hands over what it gave. */
  run(): void {
    this.#delivery.start();
    const watched = watchBody(this.#request, (error) => this.#breakOff(error));
    this.#request = watched.request;
    this.#upload = watched.upload;
    void this.#policy
      .execute((context) => this.#attempt(context), this)
      .then(
        (outcome) => this.#give(outcome),
        (error: unknown) => this.#fail(error),
      );
  }

  #attempt(context: OperationContext | undefined): Promise<Answer> {
    const isOurs = context instanceof Context;
    if (isOurs) this.#history = context.call.history;
    // The core's own cancellation: a signal, which nobody here needs, would cost more.
    const cancellation = isOurs ? context.cancellation : this.cancellation;
    const delivery = this.#delivery;
    // Of one kind with the caller's handler, so that undici has nothing to translate.
    const Handler = delivery instanceof RawDelivery ? RawAttemptHandler : AttemptHandler;
    const attempt = new Handler(delivery, this.clock, this.#upload, cancellation);
    return attempt.answerTo(this.#dispatch, this.#request);
  }

  #give(outcome: unknown): void {
    const delivery = this.#delivery;
    if (!(outcome instanceof Answer)) return this.#fail(madeUp(outcome));
    this.#upload?.release();
    CallContext.remember(delivery.context, this.#history);
    if (delivery.reason === null) return delivery.give(outcome);
    // Aborted between the classification and now.
    outcome.abort(delivery.reason);
    delivery.fail(delivery.reason);
  }

  #fail(error: unknown): void {
    this.#upload?.release();
    rememberCall(error, this.#history);
    CallContext.remember(this.#delivery.context, this.#history);
    this.#delivery.fail(error as Error);
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
    return value.statusCode >= 400 || this.#catalogs.some(readsSuccesses)
      ? this.#read(value, cancellation)
      : SUCCESS;
  }

  classifyError(error: unknown): Classification {
    if (this.cancellation.cancelled) return this.cancellation.classification;
    return classifyThrown(error, { catalog: this.#catalogs, now: this.clock.epochNow() });
  }

  announcedLimits(value: unknown): readonly AnnouncedLimit[] {
    if (!(value instanceof Answer)) return NO_LIMITS;
    const headers = readHeaders(value.readableHeaders);
    return announcedLimits((name) => headers.get(name), value.arrivedAt);
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
    const { statusCode, arrivedAt, readableHeaders: headers } = answer;
    const body = await decodedBeginning(
      await answer.beginning(this.clock, cancellation),
      readHeaders(headers).get('content-encoding'),
      READ_COPY_DEFAULTS.maxBytes,
    );
    return classifyFailure(
      { status: statusCode, headers: headers as HeadersLike, body },
      { catalog: this.#catalogs, now: arrivedAt },
    );
  }
}

/** A dispatcher that is bound to one origin names none, and a path is all that a route is made of. */
function addressIn({ path }: { readonly path: unknown }): string {
  const text = String(path);
  return text.startsWith('/') ? `http://localhost${text}` : text;
}

const NO_LIMITS: readonly AnnouncedLimit[] = [];

const readsSuccesses = ({ errorBodies }: Catalog): boolean => errorBodies === 'in-success';

/** The error for what a policy of the user's own made up. */
function madeUp(outcome: unknown): TypeError {
  const type = Object.prototype.toString.call(outcome).slice('[object '.length, -1);
  return new TypeError(
    `the policy given to resilient() must resolve with what its operation gave, but it resolved with a value of type ${type}`,
  );
}
