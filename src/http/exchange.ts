import type { Catalog } from '../classify/catalog/catalog.ts';
import type { StreamReading } from '../classify/streams/stream-reading.ts';
import type { StreamedCall } from '../classify/streams/streamed-call.ts';
import type { Call, CallOptions, OperationContext } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { SUCCESS, type Classification } from '../core/classification.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import { Context } from '../core/context.ts';
import { emit, type EventListener } from '../core/events.ts';
import { layersOf } from '../core/layered-policy.ts';
import type { History } from '../core/history.ts';
import type { AnnouncedLimit, OutcomeReader, Repetition } from '../core/outcome-reader.ts';
import type { Policy } from '../core/policy.ts';
import { isHeard } from '../core/relay.ts';
import { addressOf, type Address } from './address.ts';
import { announcedRetries } from './announced-retries.ts';
import type { RequestReader } from './asked-request.ts';
import { UPLOAD_BROKEN } from './broken-upload.ts';
import type { Fetch, Middleware } from './fetch.ts';
import { headersOf, overridden, signalOf, type FetchArguments } from './fetch-arguments.ts';
import { priorityOf } from './fetch-priority.ts';
import { withIdempotencyKey } from './idempotency-key.ts';
import type { KeyOf, MiddlewareOptions } from './middleware-options.ts';
import { errorOfBody, expectError } from './node-stream.ts';
import {
  followsRedirects,
  isKnownToRedirect,
  namesAnotherEnd,
  readAfterRedirect,
  rememberRedirect,
} from './redirect.ts';
import { nameOrDefault } from './name-or-default.ts';
import { asGiven, prepareReplay, type Replay } from './replay.ts';
import type { Reading } from './reading.ts';
import { methodOf, repetitionOf } from './repeatable.ts';
import { rememberCall } from './report.ts';

/** One use of a wrapped fetch: its request, and how its outcomes are read. */
export class Exchange implements CallOptions, OutcomeReader, RequestReader {
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  priority: number;
  weight: number | undefined = undefined;
  /** How streams are read. */
  streams: StreamReading | false | undefined;
  readonly clock: Clock;
  readonly #next: Fetch;
  readonly #request: FetchArguments;
  readonly #address: Address;
  readonly #policy: Policy;
  readonly #options: MiddlewareOptions;
  readonly #reading: Reading;
  readonly #replay: Replay | undefined;
  readonly #catalogs: readonly Catalog[];
  /** What was asked for when the call began, whatever the caller changes meanwhile. */
  #given: FetchArguments;
  #scope: string | undefined = undefined;
  #route: string | undefined = undefined;
  #base: OutcomeReader | undefined;
  #history: History | undefined;
  #isSent = false;
  #hasWaited = false;

  constructor(
    next: Fetch,
    given: FetchArguments,
    address: Address,
    key: string,
    policy: Policy,
    options: MiddlewareOptions,
    reading: Reading,
  ) {
    const init = given[1];
    const { catalog, idempotencyKey } = options;
    expectError(init?.body);
    this.#catalogs = listOf(typeof catalog === 'function' ? catalog(address.url) : catalog);
    const request = idempotencyKey
      ? withIdempotencyKey(given, idempotencyKey, this.#catalogs)
      : given;
    this.#next = next;
    this.#request = request;
    this.#address = address;
    this.#policy = policy;
    this.#options = options;
    this.#reading = reading;
    this.streams = options.streams ?? this.#catalogs.find(carriesStreams)?.streams;
    if (policy.repeats) {
      this.#replay = prepareReplay(request);
      this.#given = this.#replay === undefined ? request : this.#replay.first;
    } else {
      this.#replay = undefined;
      this.#given = asGiven(request, 'without-body');
    }
    this.clock = policy.clock ?? systemClock;
    this.key = key;
    this.signal = signalOf(request);
    this.priority = priorityOf(init);
  }

  get reader(): OutcomeReader {
    return this;
  }

  get asked(): FetchArguments {
    return this.#given;
  }

  readerAt(key: string, seen: FetchArguments): Exchange {
    const options = { ...this.#options, idempotencyKey: undefined, onEvent: undefined };
    const address = addressOf(seen[0]);
    return new Exchange(this.#next, seen, address, key, this.#policy, options, this.#reading);
  }

  get method(): string {
    return methodOf(this.#given);
  }

  get scope(): string {
    const { scopeOf } = this.#reading;
    return (this.#scope ??= nameOrDefault(
      this.#options.scope,
      this.#asked,
      () => scopeOf?.(this.key, headersOf(this.#given)) ?? this.key,
    ));
  }

  get route(): string {
    const { routeOf } = this.#reading;
    return (this.#route ??= nameOrDefault(
      this.#options.route,
      this.#asked,
      () => routeOf?.(this.method, this.#address.url) ?? '',
    ));
  }

  get #asked(): Parameters<KeyOf> {
    const [input, init] = this.#given;
    return [input, init];
  }

  run(): Promise<Response> {
    const running = this.#policy.execute((context) => this.send(context), this);
    if (!this.#isSent) {
      // It waits, and the caller has not had the time to change anything yet.
      if (this.#replay === undefined) this.#given = asGiven(this.#request, 'with-body');
      this.#hasWaited = true;
    }
    return running.then(
      (response) => {
        this.#end(response);
        return response;
      },
      (error: unknown) => {
        this.#end(error);
        throw error;
      },
    );
  }

  #end(outcome: unknown): void {
    rememberCall(outcome, this.#history);
    this.#replay?.release();
  }

  /** Sends the request of the next attempt, by another fetch than the one inside if that is so. */
  send(context: OperationContext | undefined, by?: Middleware): Promise<Response> {
    const request = this.#nextRequest();
    const cause = errorOfBody(request[1]?.body);
    // Fetch would say that it cannot be read, and not why.
    if (cause !== undefined) return Promise.reject(new TypeError('fetch failed', { cause }));
    if (context instanceof Context) {
      this.#history = context.call.history;
      const { onEvent } = this.#options;
      if (isHeard(onEvent) && !this.#isSent && this.#policy.repeats) {
        this.#noteAnnouncedRetries(onEvent, context.call);
      }
    }
    this.#isSent = true;
    const signal = context instanceof Context ? context.signalIfAny : context?.signal;
    // Called as a plain function: a browser's fetch refuses any `this` but its own.
    const next = by === undefined ? this.#next : by(this.#next);
    // Only a timeout, or a policy of the user's own, makes a signal that is not the caller's.
    const sent =
      signal === undefined || signal === this.signal
        ? next(...request)
        : next(request[0], overridden(request, { signal }));
    return this.streams && context instanceof Context ? this.#held(sent, context) : sent;
  }

  /** A stream is an answer when it has begun. */
  async #held(sent: Promise<Response>, context: Context): Promise<Response> {
    const response = await sent;
    const { streams } = this;
    const { url } = this.#address;
    if (!streams || !streams.reads(response, url)) return response;
    const { onEvent } = this.#options;
    const layers = layersOf(this.#policy);
    const reader = this.#reading.readerOf(this.clock, [...this.#catalogs, IN_STREAM]);
    const call: StreamedCall = { context, layers, reader, onEvent };
    return streams.hold(response, url, call);
  }

  /** The caller's own arguments, or what they were when the call began if that is a while ago. */
  #nextRequest(): FetchArguments {
    if (this.#isSent && this.#replay !== undefined) return this.#replay.again();
    return this.#hasWaited ? this.#given : this.#request;
  }

  classifyValue(
    value: unknown,
    cancellation?: Cancellation,
  ): Classification | PromiseLike<Classification> {
    const response = (value ?? {}) as Partial<Response>;
    // An address alone is a GET: to repeat it does no harm.
    const redirected = this.#replay !== undefined && response.redirected === true;
    if (redirected) this.#noteRedirect();
    const stream = this.streams ? this.streams.classificationOf(value) : undefined;
    if (!stream && response.ok === true && !this.#catalogs.some(readsSuccesses)) return SUCCESS;
    const reading = stream ?? this.#shapeReader.classifyValue(value, cancellation);
    if (response.redirected !== true) return reading;
    const read = (classification: Classification) =>
      readAfterRedirect(classification, value as Response, this.#address);
    return 'then' in reading ? reading.then(read) : read(reading);
  }

  classifyError(error: unknown): Classification {
    if (errorOfBody(this.#request[1]?.body) !== undefined) return UPLOAD_BROKEN;
    const classification = this.#shapeReader.classifyError(error);
    const { decidedBy, unprocessed } = classification;
    if (decidedBy !== 'network' || !followsRedirects(this.#given)) return classification;
    if (namesAnotherEnd(error, this.#address)) {
      this.#noteRedirect();
      return { ...classification, unprocessed: false, redirectedTo: 'another-origin' };
    }
    // The same end may have been asked a second time, or another one of which nothing is said.
    return unprocessed && isKnownToRedirect(this.#kind)
      ? { ...classification, unprocessed: false }
      : classification;
  }

  get #kind(): string {
    return `${this.key} ${this.route}`;
  }

  #noteRedirect(): void {
    if (followsRedirects(this.#given)) rememberRedirect(this.#kind);
  }

  announcedLimits(value: unknown): readonly AnnouncedLimit[] {
    // The limits of a redirect's target are another server's.
    if ((value as Partial<Response> | undefined)?.redirected === true) return NO_LIMITS;
    return this.#shapeReader.announcedLimits?.(value) ?? NO_LIMITS;
  }

  discard(value: unknown, cancellation: Cancellation | undefined): PromiseLike<void> | void {
    return this.#shapeReader.discard?.(value, cancellation);
  }

  holdsNothing(value: unknown): boolean {
    return this.#shapeReader.holdsNothing?.(value) === true;
  }

  repetition(classification: Classification): Repetition {
    if (this.#replay?.obstacle !== undefined) return { obstacle: this.#replay.obstacle };
    const documentedAsSafe = this.#catalogs.some(({ unsafeMethods }) => unsafeMethods === 'retry');
    return { ...repetitionOf(this.#request, classification, this.#catalogs), documentedAsSafe };
  }

  #noteAnnouncedRetries(onEvent: EventListener, { identity }: Call): void {
    const retries = announcedRetries(this.#given);
    if (retries === 0) return;
    emit(onEvent, { type: 'nested-retry', by: 'fetch', ...identity, announcedRetries: retries });
  }

  get #shapeReader(): OutcomeReader {
    return (this.#base ??= this.#reading.readerOf(this.clock, this.#catalogs));
  }
}

/** Whether this API reports errors in the body of a 2xx, so that a success must be read too. */
const readsSuccesses = ({ errorBodies }: Catalog): boolean => errorBodies === 'in-success';
const carriesStreams = ({ streams }: Catalog): boolean => streams !== undefined;

/** An API that sends errors in a stream sends them after a 200. */
const IN_STREAM: Catalog = {
  name: 'stream',
  hosts: [],
  codes: {},
  statuses: {},
  errorBodies: 'in-success',
  unsafeMethods: 'when-unprocessed',
};

const NONE: readonly Catalog[] = [];
const NO_LIMITS: readonly AnnouncedLimit[] = [];

function listOf(catalog: Catalog | readonly Catalog[] | undefined): readonly Catalog[] {
  if (catalog === undefined) return NONE;
  return Array.isArray(catalog) ? (catalog as readonly Catalog[]) : [catalog as Catalog];
}
