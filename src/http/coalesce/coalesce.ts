import { emit, type PolicyEvent } from '../../core/events.ts';
import {
  OptionError,
  callable,
  positive,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import {
  POLICY_CHECKS,
  REAL_WORLD,
  openToListeners,
  type PolicyOptions,
} from '../../core/policy-options.ts';
import { isHeard } from '../../core/relay.ts';
import type { ControlPart } from '../../policies/control-part.ts';
import { rememberWrapping, wrappingOf } from '../../policies/wrapping.ts';
import { addressOf } from '../address.ts';
import { isRefused, withLastingHeaders } from '../fetch-arguments.ts';
import { disguise, type Fetch, type Middleware } from '../fetch.ts';
import { headerNames, identityOf } from '../request-identity.ts';
import { SharedRequest } from './shared-request.ts';

declare module '../../core/events.ts' {
  interface ResilienceEvents {
    coalesced: CoalescedEvent;
  }
}

/** A call waits for the answer to a request that is under way already. */
export interface CoalescedEvent extends PolicyEvent {
  readonly type: 'coalesced';
  readonly by: 'coalesce';
  /** How many calls wait for that answer now, this one included. */
  readonly callers: number;
}

/** Which requests count as one, and how far those who read one answer may be apart. */
export interface CoalesceOptions extends PolicyOptions {
  /**
   * Headers that make no other request, since they change no answer: `['traceparent']`.
   * @defaultValue none
   */
  readonly ignoredHeaders?: readonly string[] | undefined;
  /** Bytes of a body that are kept for those who read it slower than others. @defaultValue 1048576 */
  readonly maxLagBytes?: number | undefined;
  /**
   * How long the others wait for one who does not read, in milliseconds. Then its body ends in an
   * error. @defaultValue 5000
   */
  readonly maxStallMs?: number | undefined;
}

/** One mebibyte holds most answers of an API whole, so that nobody waits for anybody. */
export const COALESCE_DEFAULTS = Object.freeze({
  ignoredHeaders: [] as readonly string[],
  maxLagBytes: 1_048_576,
  maxStallMs: 5_000,
});

/** It stands outside of all calls. */
const NO_CALL = Object.freeze({ callId: undefined, method: undefined, route: undefined });

const COALESCE_CHECKS: Checks<CoalesceOptions> = {
  ...POLICY_CHECKS,
  ignoredHeaders: headerNames,
  maxLagBytes: wholeNumber(1, 'or-infinity'),
  maxStallMs: positive,
};

/**
 * Lets identical requests that are under way at the same time share one. Each caller gets a response
 * of its own, with the same bytes, and its own abort; the request is aborted when all have left.
 *
 * Shared are GET and HEAD without a body and without `Range`, where the address, every header that
 * the caller has set (credentials too) and the ways to fetch are the same. A request that asks the
 * caches to stand aside, or says something about its own call (`holdfast`), goes by itself. A call
 * joins until the headers of the answer are there. An answer that sets a cookie, or has `Vary: *`, is
 * its first caller's: the others ask for themselves.
 *
 * Put it outside everything else: retries, limits and timeouts then count one request.
 *
 * @throws {@link OptionError} for options, or a fetch, that cannot work.
 *
 * @example
 * const fetch = compose(coalesce(), asMiddleware(pipeline(retry())))(globalThis.fetch);
 */
export function coalesce(options?: CoalesceOptions): Middleware {
  const settings = openToListeners(
    readOptions(
      'coalesce',
      options,
      { ...COALESCE_DEFAULTS, clock: REAL_WORLD.clock },
      COALESCE_CHECKS,
    ),
  );
  const { onEvent } = settings;
  const ignored = new Set(settings.ignoredHeaders.map((name) => name.toLowerCase()));
  return (next) => {
    if (!callable.accepts(next)) throw new OptionError('coalesce.next', callable.expected, next);
    const underWay = new Map<string, SharedRequest>();
    const coalesced: Fetch = (...given) => {
      const { isRemote, origin: key } = addressOf(given[0]);
      if (!isRemote || isRefused(given)) return next(...given);
      const request = withLastingHeaders(given);
      const identity = identityOf(request, ignored);
      if (identity === undefined) return next(...request);
      const present = underWay.get(identity);
      if (present !== undefined) {
        const answer = present.join(request);
        if (isHeard(onEvent)) {
          const told = { ...NO_CALL, key, callers: present.callers };
          emit(onEvent, { type: 'coalesced', by: 'coalesce', ...told });
        }
        return answer;
      }
      const shared = new SharedRequest(key, next, settings, () => underWay.delete(identity));
      underWay.set(identity, shared);
      return shared.start(request);
    };
    const wrapped = disguise(coalesced, next);
    const { policies = [], listeners = [], controls = [] } = wrappingOf(next) ?? {};
    return rememberWrapping(wrapped, {
      policies,
      listeners: [...listeners, onEvent],
      controls: [...controls, sharingControl(underWay)],
    });
  };
}

/** Shows in `controlOf` which requests are shared. */
function sharingControl(underWay: ReadonlyMap<string, SharedRequest>): ControlPart {
  const shared = () => [...underWay.values()].filter(({ callers }) => callers > 1);
  return {
    keys: () => shared().map(({ key }) => key),
    read(key) {
      const ofKey = shared().filter((request) => request.key === key);
      const callers = ofKey.reduce((sum, one) => sum + one.callers, 0);
      return { sharing: { requests: ofKey.length, callers } };
    },
  };
}
