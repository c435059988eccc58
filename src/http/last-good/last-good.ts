import { isReadWhole, readCopy } from '../../classify/body/body-copy.ts';
import type { Clock } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import {
  objectWith,
  positive,
  positiveOrInfinity,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import { POLICY_CHECKS, REAL_WORLD, type PolicyOptions } from '../../core/policy-options.ts';
import type { LastGood } from '../../policies/fallback.ts';
import { addressOf } from '../address.ts';
import { requestOf } from '../asked-request.ts';
import { headersOf, type FetchArguments } from '../fetch-arguments.ts';
import { headerNames, identityOf, isForOneCaller } from '../request-identity.ts';
import { responseLike } from '../response-copy.ts';
import { isResponse } from '../response-shape.ts';
import { saltedHash } from '../scope.ts';
import { mayBeUsedStale, mostAgeMs } from './staleness.ts';
import { ResponseMemory, type ResponseStore, type StoredResponse } from './stored-response.ts';

/** Which responses are kept, how many, and how old they may be. */
export interface LastGoodOptions extends Pick<PolicyOptions, 'clock'> {
  /** How old a response may be to answer for a failure, in milliseconds. @defaultValue 300000 */
  readonly maxAgeMs?: number | undefined;
  /** Bytes of a body; a response with more is not kept. @defaultValue 262144 */
  readonly maxBytes?: number | undefined;
  /** How many responses are kept in memory. @defaultValue 100 */
  readonly maxEntries?: number | undefined;
  /** How long a body may take to be read, in milliseconds; else it is not kept. @defaultValue 30000 */
  readonly maxReadMs?: number | undefined;
  /** A store of your own, in place of the one in memory. */
  readonly store?: ResponseStore | undefined;
  /** Headers that make no other request, since they change no answer. @defaultValue none */
  readonly ignoredHeaders?: readonly string[] | undefined;
}

/** Five minutes of age; 100 responses of 256 KiB are 25 MiB at most. */
export const LAST_GOOD_DEFAULTS = Object.freeze({
  maxAgeMs: 300_000,
  maxBytes: 262_144,
  maxEntries: 100,
  maxReadMs: 30_000,
  ignoredHeaders: [] as readonly string[],
});

const LAST_GOOD_CHECKS: Checks<LastGoodOptions> = {
  clock: POLICY_CHECKS.clock,
  maxAgeMs: positiveOrInfinity,
  maxBytes: wholeNumber(1),
  maxEntries: wholeNumber(1),
  maxReadMs: positive,
  store: objectWith('get', 'set'),
  ignoredHeaders: headerNames,
};

/** Statuses that say all that was asked for (RFC 9110 §15.3). */
const KEPT: ReadonlySet<number> = new Set([200, 203]);

/**
 * Remembers the last good response to each request, for a `fallback()` around a fetch: what a cache
 * does with `stale-if-error` (RFC 5861).
 *
 * Kept are whole answers to GET and HEAD, as bytes, for the same address and the same headers: what
 * was got with one credential is never given to another. Not kept are answers that the server
 * forbids to use stale (`no-store`, `no-cache`, `must-revalidate`), that set a cookie, that are
 * longer than `maxBytes`, and streams of events.
 *
 * The caller's own response is not held up. A copy of its body is read beside it, up to `maxBytes`.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const policy = pipeline(fallback({ lastGood: lastGood({ maxAgeMs: 60_000 }) }), retry());
 * const fetch = asMiddleware(policy)(globalThis.fetch);
 */
export function lastGood(options?: LastGoodOptions): LastGood {
  const settings = readOptions(
    'lastGood',
    options,
    { ...LAST_GOOD_DEFAULTS, clock: REAL_WORLD.clock },
    LAST_GOOD_CHECKS,
  );
  const { maxAgeMs, clock, store = new ResponseMemory(settings.maxEntries) } = settings;
  const ignored = new Set(settings.ignoredHeaders.map((name) => name.toLowerCase()));
  return {
    learn(value, context) {
      if (!isResponse(value) || !isWorthKeeping(value, settings.maxBytes)) return;
      const request = requestOf(context);
      const id = request && idOf(request, ignored);
      if (id !== undefined) void keep(id, value, settings, store).catch(() => {});
    },
    async recall(context: Context) {
      const request = requestOf(context);
      const id = request && idOf(request, ignored);
      const kept = request && id && (await store.get(id));
      if (!kept) return undefined;
      const ageMs = Math.max(0, clock.epochNow() - kept.bornAt);
      if (ageMs > mostAgeMs(headersOf(request), kept, maxAgeMs)) return undefined;
      return responseFrom(kept, ageMs);
    },
  };
}

/** The name under which a response is kept; it holds no secret, and is of this process alone. */
function idOf(request: FetchArguments, ignored: ReadonlySet<string>): string | undefined {
  const identity = identityOf(request, ignored);
  return identity && `${addressOf(request[0]).origin} ${saltedHash(identity)}`;
}

function isWorthKeeping({ status, headers }: Response, maxBytes: number): boolean {
  if (!KEPT.has(status) || isForOneCaller(headers) || !mayBeUsedStale(headers)) return false;
  const isEndless = /^text\/event-stream/i.test(headers.get('content-type') ?? '');
  return !isEndless && !(Number(headers.get('content-length')) > maxBytes);
}

async function keep(
  id: string,
  response: Response,
  { maxBytes, maxReadMs: maxMs, clock }: { maxBytes: number; maxReadMs: number; clock: Clock },
  store: ResponseStore,
): Promise<void> {
  const { status, statusText, url, redirected, type, headers } = response;
  const bornAt = clock.epochNow() - ageOf(headers) * 1000;
  const isBodiless = response.body === null;
  const body = await readCopy(response, { maxBytes: maxBytes + 1, maxMs, clock });
  if (body === undefined || body.byteLength > maxBytes) return;
  // A body that broke off, or was cut short, is none.
  if (!isBodiless && !isReadWhole(response)) return;
  const fields = { status, statusText, url, redirected, type, headers: [...headers] };
  await store.set(id, { ...fields, body, bornAt });
}

const ageOf = (headers: Headers): number => {
  const age = Number(headers.get('age'));
  return age > 0 ? age : 0;
};

function responseFrom(kept: StoredResponse, ageMs: number): Response {
  const headers = new Headers(kept.headers.map(([name, value]) => [name, value]));
  headers.set('age', String(Math.floor(ageMs / 1000)));
  return responseLike({ ...kept, headers }, new Uint8Array(kept.body));
}
