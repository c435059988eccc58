import type { Catalog } from '../classify/catalog.ts';
import { Context, type Call, type CallOptions, type OperationContext } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { SUCCESS, type Classification } from '../core/classification.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import type { Interpreter, UnsafeMethods } from '../core/interpreter.ts';
import { anything, callable, readOptions, type Checks } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { interpreterOf } from '../policies/interpreter.ts';
import { addressOf } from './address.ts';
import type { Fetch, Middleware } from './fetch.ts';
import { isRequest, prepareReplay, type FetchArguments, type Replay } from './replay.ts';
import { whyNotRepeatable } from './repeatable.ts';
import { rememberCall } from './report.ts';

/** What shares one bucket and one breaker: told from the arguments of fetch. */
export type KeyOf = (input: string | URL | Request, init?: RequestInit) => string;

/** How a policy reads the calls of a fetch. */
export interface MiddlewareOptions {
  /** The provider's error codes, or where to find them by origin. @defaultValue none */
  readonly catalog?:
    Catalog | readonly Catalog[] | ((origin: string) => Catalog | undefined) | undefined;
  /** What shares one bucket and one breaker. @defaultValue the URL's origin */
  readonly key?: string | KeyOf | undefined;
}

const MIDDLEWARE_CHECKS: Checks<MiddlewareOptions> = {
  catalog: anything,
  key: {
    expected: 'a string or a function',
    accepts: (key) => typeof key === 'string' || typeof key === 'function',
  },
};

/**
 * Puts a policy around any fetch. The first attempt gets the caller's own arguments; what comes
 * back is the server's own response, or the original error, and nothing that the caller could not
 * have got from fetch itself, except holdfast's refusals and timeouts.
 *
 * @example
 * const fetch = asMiddleware(pipeline(retry(), circuitBreaker()))(globalThis.fetch);
 */
export function asMiddleware(policy: Policy, options?: MiddlewareOptions): Middleware {
  const settings = readOptions('asMiddleware', options, {}, MIDDLEWARE_CHECKS);
  return (next) => {
    if (!callable.accepts(next)) throw new TypeError('asMiddleware wraps a function: a fetch');
    const wrapped = async (input: FetchArguments[0], init?: RequestInit): Promise<Response> => {
      const address = addressOf(input);
      if (!address.isRemote) return next(input, init);
      const exchange = new Exchange(next, [input, init], address.origin, policy, settings);
      return exchange.run();
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

  constructor(
    next: Fetch,
    request: FetchArguments,
    origin: string,
    policy: Policy,
    { key, catalog }: MiddlewareOptions,
  ) {
    const [input, init] = request;
    this.#next = next;
    this.#request = request;
    this.#policy = policy;
    this.#replay = policy.repeats ? prepareReplay(input, init) : undefined;
    this.#catalogs = [(typeof catalog === 'function' ? catalog(origin) : catalog) ?? []].flat();
    this.clock = policy.clock ?? systemClock;
    this.key = typeof key === 'function' ? key(input, init) : (key ?? origin);
    this.signal = signalOf(request);
    this.priority =
      PRIORITIES[(init as { priority?: string } | undefined)?.priority ?? 'auto'] ?? 0;
  }

  get interpreter(): Interpreter {
    return this;
  }

  async run(): Promise<Response> {
    try {
      const response = await this.#policy.execute((context) => this.#send(context), this);
      rememberCall(response, this.#call);
      return response;
    } catch (error) {
      rememberCall(error, this.#call);
      throw error;
    } finally {
      this.#replay?.release();
    }
  }

  #send(context: OperationContext): Promise<Response> {
    const isFirst = context.attempt === 1;
    const [input, init] = isFirst || !this.#replay ? this.#request : this.#replay.again();
    if (!(context instanceof Context)) return this.#next(input, init);
    this.#call = context.call;
    const signal = context.signalIfAny;
    // Only a timeout makes a signal that is not the caller's own.
    if (signal === undefined || signal === this.signal) return this.#next(input, init);
    return this.#next(input, { ...init, signal });
  }

  classifyValue(value: unknown): Classification | PromiseLike<Classification> {
    const isSuccess =
      (value as Partial<Response> | null)?.ok === true && !this.#catalogs.some(readsSuccesses);
    return isSuccess ? SUCCESS : this.#reader.classifyValue(value);
  }

  classifyError(error: unknown): Classification {
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

/** `null` in init takes the signal of a `Request` away, as it does for fetch. */
function signalOf([input, init]: FetchArguments): AbortSignal | undefined {
  if (init?.signal !== undefined) return init.signal ?? undefined;
  return isRequest(input) ? input.signal : undefined;
}

/** Gives the wrapper the name and the length of what it wraps. */
function disguise(wrapped: Fetch, original: Fetch): Fetch {
  Object.defineProperty(wrapped, 'name', { value: original.name, configurable: true });
  Object.defineProperty(wrapped, 'length', { value: original.length, configurable: true });
  return wrapped;
}
