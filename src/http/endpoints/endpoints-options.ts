import {
  OptionError,
  callable,
  finite,
  objectWith,
  orFalse,
  positive,
  readOptions,
  text,
  wholeNumber,
  type Check,
  type Checks,
  type Resolved,
} from '../../core/options.ts';
import {
  RANDOM_POLICY_CHECKS,
  REAL_WORLD,
  openToListeners,
  type RandomPolicyOptions,
} from '../../core/policy-options.ts';

/** A request on its way to an endpoint. Both are the hook's to change. */
export interface RewrittenRequest {
  readonly url: URL;
  readonly headers: Headers;
}

/** One of several places that give the same answers: a region, a deployment, a key, a provider. */
export interface EndpointOptions {
  /** The base that takes the place of the one that was asked for: `https://eu.example.com/v1`. */
  readonly url: string | URL;
  /**
   * Headers that take the place of the caller's. Where one of them is a credential, none of the
   * caller's credentials is sent here.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Who is asked first: higher goes first. @defaultValue by the place in the list: 0, -1, -2, … */
  readonly priority?: number | undefined;
  /** The share of the calls among those of one priority. @defaultValue 1 */
  readonly weight?: number | undefined;
  /** How long it may take to give its headers, in milliseconds. @defaultValue that of all endpoints */
  readonly firstByteTimeoutMs?: number | false | undefined;
  /** The key of its own limit, circuit and line in `controlOf`. @defaultValue its origin, numbered where there are several */
  readonly name?: string | undefined;
  /** Changes what else is different there: a path, a query, a header. Called for each attempt. */
  readonly rewrite?: ((request: RewrittenRequest) => void) | undefined;
}

/** Pays for extra attempts: a `retryBudget()`, which a retry may share. */
export interface ExtraAttemptBudget {
  /**
   * Pays for one extra attempt of a call with this key.
   *
   * @param now - the moment, on the clock's monotonic scale
   * @returns `false` where nothing is left
   */
  spend(key: string, now: number): boolean;
}

/** How calls go from one endpoint to another, and back. */
export interface EndpointsOptions extends RandomPolicyOptions {
  /** How long an endpoint may take to give its headers, in milliseconds; `false` for no bound. @defaultValue false */
  readonly firstByteTimeoutMs?: number | false | undefined;
  /** How many further endpoints one call may ask. @defaultValue Infinity, which is each of them once */
  readonly maxFailovers?: number | undefined;
  /** After how many failures in a row an endpoint is passed over. @defaultValue 3 */
  readonly failuresToLeave?: number | undefined;
  /** How often at most an endpoint that fails is tried again, in milliseconds. @defaultValue 2000 */
  readonly probeEveryMs?: number | undefined;
  /** How long an endpoint is passed over that throttles and does not say for how long, in milliseconds; it doubles up to 30 s. @defaultValue 1000 */
  readonly throttledMs?: number | undefined;
  /** How long a key is passed over that is revoked or used up, in milliseconds. @defaultValue 300000 */
  readonly outMs?: number | undefined;
  /** A further base that the caller may write; those of the endpoints count anyway. @defaultValue none */
  readonly base?: string | URL | undefined;
  /** Pays for each further attempt of a call. @defaultValue they are free */
  readonly budget?: ExtraAttemptBudget | undefined;
}

/**
 * No bound on the first byte: some APIs take minutes to begin, and only the user knows. Two seconds
 * between probes: back within a moment, for one request in a hundred at 50 a second.
 */
export const ENDPOINTS_DEFAULTS = Object.freeze({
  firstByteTimeoutMs: false as number | false,
  maxFailovers: Infinity,
  failuresToLeave: 3,
  probeEveryMs: 2_000,
  throttledMs: 1_000,
  outMs: 300_000,
});

const baseUrl: Check = {
  expected: 'an http(s) URL without user, query and fragment',
  accepts(value) {
    try {
      const { protocol, username, password, search, hash } = new URL(String(value));
      return /^https?:$/.test(protocol) && !username && !password && !search && !hash;
    } catch {
      return false;
    }
  },
};

const headerRecord: Check = {
  expected: 'an object of headers by name',
  accepts(value) {
    try {
      return typeof value === 'object' && value !== null && [...headersIn(value)].length >= 0;
    } catch {
      return false;
    }
  },
};

const headersIn = (given: object): Headers => new Headers(given as Record<string, string>);

const ENDPOINT_CHECKS: Checks<EndpointOptions> = {
  url: baseUrl,
  headers: headerRecord,
  priority: finite,
  weight: positive,
  firstByteTimeoutMs: orFalse(positive),
  name: text,
  rewrite: callable,
};

const ENDPOINTS_CHECKS: Checks<EndpointsOptions> = {
  ...RANDOM_POLICY_CHECKS,
  firstByteTimeoutMs: orFalse(positive),
  maxFailovers: wholeNumber(0, 'or-infinity'),
  failuresToLeave: wholeNumber(1),
  probeEveryMs: positive,
  throttledMs: positive,
  outMs: positive,
  base: baseUrl,
  budget: objectWith('spend'),
};

/** The options as the policy uses them. */
export type EndpointsSettings = Resolved<
  EndpointsOptions,
  typeof ENDPOINTS_DEFAULTS & typeof REAL_WORLD
>;

/** @throws {@link OptionError} for options that cannot work. */
export const readEndpointsOptions = (options: EndpointsOptions | undefined): EndpointsSettings =>
  openToListeners(
    readOptions('endpoints', options, { ...ENDPOINTS_DEFAULTS, ...REAL_WORLD }, ENDPOINTS_CHECKS),
  );

/** An endpoint with its key. */
export type EndpointSettings = EndpointOptions & { readonly key: string };

/** @throws {@link OptionError} for a list that cannot work. */
export function readEndpointList(list: readonly EndpointOptions[]): readonly EndpointSettings[] {
  if (!Array.isArray(list) || list.length === 0) {
    throw new OptionError('endpoints', 'a list of at least one endpoint', list);
  }
  const keys = new Set<string>();
  return list.map((given: EndpointOptions, index) => {
    const owner = `endpoints[${index}]`;
    const options = readOptions(owner, given, {}, ENDPOINT_CHECKS, ['url']);
    const { origin } = new URL(String(options.url));
    let key = options.name ?? origin;
    if (keys.has(key) && options.name !== undefined) {
      throw new OptionError(`${owner}.name`, 'a name that no other endpoint has', key);
    }
    for (let number = 2; keys.has(key); number += 1) key = `${origin} #${number}`;
    keys.add(key);
    return { ...options, key };
  });
}
