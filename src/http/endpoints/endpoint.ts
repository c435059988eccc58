import type { Classification } from '../../core/classification.ts';
import type { Place } from '../../core/context.ts';
import { KeyedStore } from '../../core/keyed-store.ts';
import type { RequestReader } from '../asked-request.ts';
import { headersOf, isRequest, type FetchArguments } from '../fetch-arguments.ts';
import type { Middleware } from '../fetch.ts';
import { methodOf } from '../repeatable.ts';
import { faultOf, type Fault } from './endpoint-fault.ts';
import type { EndpointSettings } from './endpoints-options.ts';
import { sentTo } from './moved-request.ts';
import { Standing, type StandingLimits } from './standing.ts';

/** The headers that say who the caller is. */
const CREDENTIALS = [
  'authorization',
  'x-api-key',
  'api-key',
  'apikey',
  'cookie',
  'proxy-authorization',
] as const;

/** How many scopes of an endpoint are remembered: each is a credential of some caller. */
const MAX_SCOPES = 1_000;

const untouched: Middleware = (next) => next;

/** An outcome that says nothing of the endpoint. */
export const NOTHING_SAID: Settled = Object.freeze({
  fault: undefined,
  out: undefined,
  isBack: false,
});

/** What an outcome changed. */
export interface Settled {
  readonly fault: Fault | undefined;
  /** The standing that it took out, or keeps out for longer. */
  readonly out: Standing | undefined;
  /** Whether it brought the endpoint back. */
  readonly isBack: boolean;
}

/** One endpoint: where it is, who may ask it, and how it stands. */
export class Endpoint {
  readonly key: string;
  readonly priority: number;
  readonly weight: number;
  /** `undefined` where it has no bound of its own. */
  readonly firstByteTimeoutMs: number | false | undefined;
  /** Whether a credential of its own goes there, and none of the caller's. */
  readonly hasOwnKey: boolean;
  /** How the server stands, for everybody. */
  readonly health: Standing;
  readonly #base: URL;
  readonly #settings: EndpointSettings;
  /** How the callers' scopes stand with it: a throttle, or a key that is of no use. */
  readonly #scopes: KeyedStore<Standing>;

  constructor(settings: EndpointSettings, place: number, limits: StandingLimits) {
    const { key, url, headers = {}, priority = -place, weight = 1 } = settings;
    this.key = key;
    this.priority = priority;
    this.weight = weight;
    this.firstByteTimeoutMs = settings.firstByteTimeoutMs;
    const own = new Headers(headers);
    this.hasOwnKey = CREDENTIALS.some((name) => own.has(name));
    this.health = new Standing(limits);
    this.#base = new URL(String(url));
    this.#settings = settings;
    this.#scopes = new KeyedStore(
      MAX_SCOPES,
      () => new Standing(limits),
      ({ isOut, dueAt }) => (isOut ? dueAt : -Infinity),
    );
  }

  /** The same request at this endpoint. `rest` is what follows the base. */
  placeOf(call: RequestReader, rest: string): Place {
    const { key } = this;
    const { asked } = call;
    const { url, headers, isChanged } = this.#destinationOf(asked, rest);
    const reader = call.readerAt(key, [url, { ...briefly(asked), headers }]);
    const by = isChanged ? sentTo(url, headers) : untouched;
    return {
      key,
      reader,
      get scope() {
        return reader.scope;
      },
      get route() {
        return reader.route;
      },
      operation: (context) => call.send(context, by),
    };
  }

  /** All that speaks against asking it, or would. */
  standingsOf(scope: () => string): readonly Standing[] {
    const own = this.#scopes.size > 0 ? this.#scopes.peek(scope()) : undefined;
    return own === undefined ? [this.health] : [this.health, own];
  }

  /** All standings that there are. */
  *standings(): Iterable<Standing> {
    yield this.health;
    for (const [, standing] of this.#scopes.entries()) yield standing;
  }

  /** Takes in how an attempt went that was started at `startedAt`. */
  settle(reading: Classification, scope: () => string, startedAt: number, now: number): Settled {
    const fault = faultOf(reading, this.hasOwnKey);
    // Words decide about their own call only, and a refusal of ours says nothing of the server.
    const saysNothing = ['prose', 'policy'].includes(reading.decidedBy);
    const isAborted = fault === undefined && reading.decidedBy === 'caller';
    if (saysNothing || isAborted) return { fault, out: undefined, isBack: false };
    if (fault === 'failing') {
      const isOut = this.health.failed(fault, reading, startedAt, now);
      return { fault, out: isOut ? this.health : undefined, isBack: false };
    }
    // It has answered.
    const isAlive = this.health.succeeded(startedAt, now);
    if (fault === undefined) {
      const own = this.#scopes.size > 0 ? this.#scopes.peek(scope()) : undefined;
      const isAccepted = own?.succeeded(startedAt, now) === true;
      return { fault, out: undefined, isBack: isAlive || isAccepted };
    }
    const own = this.#scopes.use(scope());
    const isOut = own.failed(fault, reading, startedAt, now);
    return { fault, out: isOut ? own : undefined, isBack: isAlive };
  }

  #destinationOf(asked: FetchArguments, rest: string) {
    const { origin, pathname } = this.#base;
    const { headers: own, rewrite } = this.#settings;
    const from = addressOfArguments(asked);
    const headers = headersOf(asked);
    const moved = new URL(origin + withoutSlash(pathname) + rest);
    if (moved.origin !== new URL(from).origin) headers.delete('host');
    if (this.hasOwnKey) for (const name of CREDENTIALS) headers.delete(name);
    for (const [name, value] of Object.entries(own ?? {})) headers.set(name, value);
    rewrite?.({ url: moved, headers });
    const isChanged = own !== undefined || rewrite !== undefined || moved.href !== from;
    return { url: moved.href, headers, isChanged };
  }
}

/** The base of an address: without the slash at its end. */
export const withoutSlash = (pathname: string): string => pathname.replace(/\/+$/, '');

/** The address of a request, as `URL` spells it. */
export const addressOfArguments = ([input]: FetchArguments): string =>
  new URL(isRequest(input) ? input.url : String(input), globalThis.location?.href).href;

/** What decides how the answer is read. */
function briefly([input, init]: FetchArguments): RequestInit {
  const redirect = init?.redirect ?? (isRequest(input) ? input.redirect : undefined);
  const body = init?.body;
  // A stream of Node's says whether it broke off by itself.
  const isTelling = typeof body === 'object' && body !== null && 'errored' in body;
  return {
    method: methodOf([input, init]),
    ...(redirect && { redirect }),
    ...(isTelling && { body }),
  };
}
