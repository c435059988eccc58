import type { Catalog } from '../classify/catalog/catalog.ts';
import type { CallOptions, OperationContext } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { SUCCESS, type Classification } from '../core/classification.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import { Context } from '../core/context.ts';
import { emit, type EventListener, type PolicyEvent } from '../core/events.ts';
import type { History } from '../core/history.ts';
import type { OutcomeReader, Repetition } from '../core/outcome-reader.ts';
import type { Policy } from '../core/policy.ts';
import type { Address } from './address.ts';
import { announcedRetries } from './announced-retries.ts';
import { UPLOAD_BROKEN } from './broken-upload.ts';
import type { Fetch } from './fetch.ts';
import { signalOf, withSignal, type FetchArguments } from './fetch-arguments.ts';
import { errorOfBody, expectError } from './node-stream.ts';
import { prepareReplay, type Replay } from './replay.ts';
import { repetitionOf } from './repeatable.ts';
import { rememberCall } from './report.ts';

declare module '../core/events.ts' {
  interface ResilienceEvents {
    'nested-retry': NestedRetryEvent;
  }
}

/** The client that made a request says that it repeats it itself: its retries multiply with ours. */
export interface NestedRetryEvent extends PolicyEvent {
  readonly type: 'nested-retry';
  readonly by: 'fetch';
  /** Which repetition of the client's own this is, counted from 1. */
  readonly announcedRetries: number;
}

/** What shares one bucket and one breaker: told from the arguments of fetch. */
export type KeyOf = (input: string | URL | Request, init?: RequestInit) => string;

/** How a policy reads the calls of a fetch. */
export interface MiddlewareOptions {
  /** The provider's error codes, or how to find them by URL. @defaultValue none */
  readonly catalog?:
    Catalog | readonly Catalog[] | ((url: string) => Catalog | undefined) | undefined;
  /** What shares one bucket and one breaker. @defaultValue the URL's origin */
  readonly key?: string | KeyOf | undefined;
  /** Called where the client inside retries by itself (`nested-retry`). */
  readonly onEvent?: EventListener | undefined;
}

/** Makes the reader of outcomes for calls that live by this clock. */
export type ReaderOf = (clock: Clock, catalogs: readonly Catalog[]) => OutcomeReader;

/** One use of a wrapped fetch: its request, and how its outcomes are read. */
export class Exchange implements CallOptions, OutcomeReader {
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  readonly priority: number;
  readonly clock: Clock;
  readonly #next: Fetch;
  readonly #request: FetchArguments;
  readonly #policy: Policy;
  readonly #readerOf: ReaderOf;
  readonly #replay: Replay | undefined;
  readonly #catalogs: readonly Catalog[];
  #base: OutcomeReader | undefined;
  #history: History | undefined;
  #isSent = false;
  #hasWaited = false;

  constructor(
    next: Fetch,
    request: FetchArguments,
    { url, origin }: Address,
    policy: Policy,
    { key, catalog, onEvent }: MiddlewareOptions,
    readerOf: ReaderOf,
  ) {
    const [input, init] = request;
    expectError(init?.body);
    this.#next = next;
    this.#request = request;
    this.#policy = policy;
    this.#readerOf = readerOf;
    this.#replay = policy.repeats ? prepareReplay(request) : undefined;
    this.#catalogs = listOf(typeof catalog === 'function' ? catalog(url) : catalog);
    this.clock = policy.clock ?? systemClock;
    this.key = typeof key === 'function' ? key(input, init) : (key ?? origin);
    this.signal = signalOf(request);
    if (onEvent && policy.repeats) this.#noteAnnouncedRetries(onEvent);
    this.priority =
      PRIORITIES[(init as { priority?: string } | undefined)?.priority ?? 'auto'] ?? 0;
  }

  get reader(): OutcomeReader {
    return this;
  }

  run(): Promise<Response> {
    const running = this.#policy.execute((context) => this.#send(context), this);
    this.#hasWaited = true;
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

  #send(context: OperationContext | undefined): Promise<Response> {
    const request = this.#nextRequest();
    const cause = errorOfBody(request[1]?.body);
    // Fetch would say that it cannot be read, and not why.
    if (cause !== undefined) return Promise.reject(new TypeError('fetch failed', { cause }));
    this.#isSent = true;
    if (context instanceof Context) this.#history = context.call.history;
    const signal = context instanceof Context ? context.signalIfAny : context?.signal;
    // Called as a plain function: a browser's fetch refuses any `this` but its own.
    const next = this.#next;
    // Only a timeout, or a policy of the user's own, makes a signal that is not the caller's.
    if (signal === undefined || signal === this.signal) return next(...request);
    return next(request[0], withSignal(request, signal));
  }

  /** The caller's own arguments, or what they were when the call began if that is a while ago. */
  #nextRequest(): FetchArguments {
    if (this.#replay === undefined) return this.#request;
    if (this.#isSent) return this.#replay.again();
    return this.#hasWaited ? this.#replay.first : this.#request;
  }

  classifyValue(
    value: unknown,
    cancellation?: Cancellation,
  ): Classification | PromiseLike<Classification> {
    const isSuccess =
      (value as Partial<Response> | null)?.ok === true && !this.#catalogs.some(readsSuccesses);
    return isSuccess ? SUCCESS : this.#shapeReader.classifyValue(value, cancellation);
  }

  classifyError(error: unknown): Classification {
    if (errorOfBody(this.#request[1]?.body) !== undefined) return UPLOAD_BROKEN;
    return this.#shapeReader.classifyError(error);
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
    return { ...repetitionOf(this.#request, classification), documentedAsSafe };
  }

  #noteAnnouncedRetries(onEvent: EventListener): void {
    const retries = announcedRetries(this.#request);
    if (retries === 0) return;
    emit(onEvent, {
      type: 'nested-retry',
      by: 'fetch',
      key: this.key,
      announcedRetries: retries,
    });
  }

  get #shapeReader(): OutcomeReader {
    return (this.#base ??= this.#readerOf(this.clock, this.#catalogs));
  }
}

/** The hint that fetch itself takes (`priority` of Fetch Priority), as a number. */
const PRIORITIES: Readonly<Record<string, number>> = { high: 1, auto: 0, low: -1 };

/** Whether this API reports errors in the body of a 2xx, so that a success must be read too. */
const readsSuccesses = ({ errorBodies }: Catalog): boolean => errorBodies === 'in-success';

const NONE: readonly Catalog[] = [];

function listOf(catalog: Catalog | readonly Catalog[] | undefined): readonly Catalog[] {
  if (catalog === undefined) return NONE;
  return Array.isArray(catalog) ? (catalog as readonly Catalog[]) : [catalog as Catalog];
}
