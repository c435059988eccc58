import type { Catalog } from '../classify/catalog/catalog.ts';
import { Context, type Call, type CallOptions, type OperationContext } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { SUCCESS, UPLOAD_BROKEN, type Classification } from '../core/classification.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import type { Interpreter, UnsafeMethods } from '../core/interpreter.ts';
import { OptionError, callable, objectWith, readOptions, type Checks } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { interpreterOf } from '../policies/interpreter.ts';
import { tell, type EventListener } from '../core/events.ts';
import { addressOf, type Address } from './address.ts';
import { announcedRetries } from './announced-retries.ts';
import { disguise, type Fetch, type Middleware } from './fetch.ts';
import {
  isRefused,
  signalOf,
  withLastingHeaders,
  withSignal,
  type FetchArguments,
} from './fetch-arguments.ts';
import { errorOfBody, expectError } from './node-stream.ts';
import { prepareReplay, type Replay } from './replay.ts';
import { whyNotRepeatable } from './repeatable.ts';
import { rememberCall } from './report.ts';

/** What shares one bucket and one breaker: told from the arguments of fetch. */
export type KeyOf = (input: string | URL | Request, init?: RequestInit) => string;

/** How a policy reads the calls of a fetch. */
export interface MiddlewareOptions {
  /** The provider's error codes, or how to find them by URL. @defaultValue none */
  readonly catalog?:
    Catalog | readonly Catalog[] | ((url: string) => Catalog | undefined) | undefined;
  /** What shares one bucket and one breaker. @defaultValue the URL's origin */
  readonly key?: string | KeyOf | undefined;
  /** Is told where the client inside retries by itself (`nested-retry`). */
  readonly onEvent?: EventListener | undefined;
}

export const MIDDLEWARE_CHECKS: Checks<MiddlewareOptions> = {
  catalog: {
    expected: 'a catalog, a list of catalogs, or a function that finds one by URL',
    accepts: (catalog) => typeof catalog === 'function' || [catalog].flat().every(isCatalog),
  },
  key: {
    expected: 'a string or a function',
    accepts: (key) => typeof key === 'string' || typeof key === 'function',
  },
  onEvent: callable,
};

const isCatalog = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'codes' in value && 'statuses' in value;

const policyCheck = objectWith('execute');

/**
 * Puts a policy around any fetch. The first attempt gets the caller's own arguments; what comes
 * back is the server's own response, or the original error, and nothing that the caller could not
 * have got from fetch itself, except holdfast's refusals and timeouts.
 *
 * @throws {@link OptionError} for a policy, options or a fetch that cannot work.
 *
 * @example
 * const fetch = asMiddleware(pipeline(retry(), circuitBreaker()))(globalThis.fetch);
 */
export function asMiddleware(policy: Policy, options?: MiddlewareOptions): Middleware {
  if (!policyCheck.accepts(policy)) {
    throw new OptionError('asMiddleware.policy', policyCheck.expected, policy);
  }
  const settings = readOptions('asMiddleware', options, {}, MIDDLEWARE_CHECKS);
  return (next) => {
    if (!callable.accepts(next)) {
      throw new OptionError('asMiddleware.next', callable.expected, next);
    }
    const resilient = async (request: FetchArguments, address: Address): Promise<Response> =>
      new Exchange(next, withLastingHeaders(request), address, policy, settings).run();
    const wrapped: Fetch = (...request) => {
      const address = addressOf(request[0]);
      // What stays on this machine needs no policy, and what fetch refuses it refuses best itself.
      return address.isRemote && !isRefused(request)
        ? resilient(request, address)
        : next(...request);
    };
    return disguise(wrapped, next);
  };
}

/** One use of a wrapped fetch: its request, and how its outcomes are read. */
class Exchange implements CallOptions, Interpreter {
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  readonly priority: number;
  readonly clock: Clock;
  readonly #next: Fetch;
  readonly #request: FetchArguments;
  readonly #policy: Policy;
  readonly #replay: Replay | undefined;
  readonly #catalogs: readonly Catalog[];
  #base: Interpreter | undefined;
  #call: Call | undefined;
  #isSent = false;
  #hasWaited = false;

  constructor(
    next: Fetch,
    request: FetchArguments,
    { url, origin }: Address,
    policy: Policy,
    { key, catalog, onEvent }: MiddlewareOptions,
  ) {
    const [input, init] = request;
    expectError(init?.body);
    this.#next = next;
    this.#request = request;
    this.#policy = policy;
    this.#replay = policy.repeats ? prepareReplay(request) : undefined;
    this.#catalogs = [(typeof catalog === 'function' ? catalog(url) : catalog) ?? []].flat();
    this.clock = policy.clock ?? systemClock;
    this.key = typeof key === 'function' ? key(input, init) : (key ?? origin);
    this.signal = signalOf(request);
    if (onEvent && policy.repeats) this.#tellOfAnnouncedRetries(onEvent);
    this.priority =
      PRIORITIES[(init as { priority?: string } | undefined)?.priority ?? 'auto'] ?? 0;
  }

  get interpreter(): Interpreter {
    return this;
  }

  async run(): Promise<Response> {
    try {
      const running = this.#policy.execute((context) => this.#send(context), this);
      this.#hasWaited = true;
      const response = await running;
      rememberCall(response, this.#call);
      return response;
    } catch (error) {
      rememberCall(error, this.#call);
      throw error;
    } finally {
      this.#replay?.release();
    }
  }

  #send(context: OperationContext | undefined): Promise<Response> {
    const request = this.#nextRequest();
    const cause = errorOfBody(request[1]?.body);
    // Fetch would say that it cannot be read, and not why.
    if (cause !== undefined) return Promise.reject(new TypeError('fetch failed', { cause }));
    this.#isSent = true;
    if (context instanceof Context) this.#call = context.call;
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
    return isSuccess ? SUCCESS : this.#reader.classifyValue(value, cancellation);
  }

  classifyError(error: unknown): Classification {
    if (errorOfBody(this.#request[1]?.body) !== undefined) return UPLOAD_BROKEN;
    return this.#reader.classifyError(error);
  }

  discard(value: unknown, cancellation: Cancellation | undefined): PromiseLike<void> | void {
    return this.#reader.discard?.(value, cancellation);
  }

  whyNotRepeat(
    classification: Classification,
    unsafeMethods: UnsafeMethods | undefined,
  ): string | undefined {
    if (this.#replay?.obstacle !== undefined) return this.#replay.obstacle;
    const mode = unsafeMethods ?? this.#documentedUnsafeMethods();
    return whyNotRepeatable(this.#request, classification, mode);
  }

  #tellOfAnnouncedRetries(onEvent: EventListener): void {
    const retries = announcedRetries(this.#request);
    if (retries === 0) return;
    tell(onEvent, { type: 'nested-retry', key: this.key, announcedRetries: retries });
  }

  #documentedUnsafeMethods(): UnsafeMethods {
    const retried = this.#catalogs.some(({ unsafeMethods }) => unsafeMethods === 'retry');
    return retried ? 'retry' : 'when-unprocessed';
  }

  get #reader(): Interpreter {
    return (this.#base ??= interpreterOf({ catalog: this.#catalogs, clock: this.clock }));
  }
}

/** The hint that fetch itself takes (`priority` of Fetch Priority), as a number. */
const PRIORITIES: Readonly<Record<string, number>> = { high: 1, auto: 0, low: -1 };

/** Whether this API reports errors in the body of a 2xx, so that a success must be read too. */
const readsSuccesses = ({ errorBodies }: Catalog): boolean => errorBodies === 'in-success';
