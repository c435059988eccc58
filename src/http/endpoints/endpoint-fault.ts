import {
  CALLER_TIMED_OUT,
  healthOf,
  isThrottleOfKey,
  type Classification,
} from '../../core/classification.ts';

/**
 * A fault of an endpoint, and not of the request: it fails, it throttles, its key is used up, or its
 * key is no longer taken.
 */
export type Fault = 'failing' | 'throttled' | 'exhausted' | 'revoked';

const PAYMENT_REQUIRED = 402;
const UNAUTHORIZED = 401;
const TOO_MANY = 429;

/** How providers name an account without money or quota: `insufficient_quota`, `billing_hard_limit_reached`. */
const EXHAUSTED =
  /insufficient.?(quota|fund|credit|balance)|(quota|credit|balance)s?.?(exceeded|exhausted|deplet|too.?low)|billing|payment.?required/i;
/** How they name a key that is not taken where the status does not say it: `API_KEY_INVALID`. */
const REVOKED =
  /(invalid|expired|revoked|disabled|deactivated).?(api.?)?key|api.?key.?(invalid|expired|revoked|disabled|not.?valid)|account.?(deactivated|disabled|suspended)/i;

/**
 * What a failure says of the endpoint; `undefined` where it is the request's own fault, the caller's
 * or nobody's.
 *
 * @param hasOwnKey - whether the endpoint has a credential of its own. Where the caller's is sent, a
 * 401 is about the caller, and another endpoint would say the same.
 */
export function faultOf(reading: Classification, hasOwnKey: boolean): Fault | undefined {
  const { category, status, errorCode = '', redirectedTo, decidedBy } = reading;
  if (decidedBy === 'policy') return undefined;
  if (isThrottleOfKey(reading)) return 'throttled';
  const isFailing = category === 'retryable' || reading === CALLER_TIMED_OUT;
  if (isFailing) return healthOf(reading) === 'healthy' ? undefined : 'failing';
  if (category !== 'fatal' || status === undefined || redirectedTo !== undefined) return undefined;
  // A 429 for which waiting is no answer: the allowance is gone.
  if (status === PAYMENT_REQUIRED || status === TOO_MANY || EXHAUSTED.test(errorCode)) {
    return 'exhausted';
  }
  const isRefusedKey = status === UNAUTHORIZED || REVOKED.test(errorCode);
  return hasOwnKey && isRefusedKey ? 'revoked' : undefined;
}

/**
 * Whether a fault shows that nothing was done. RFC 9110 §15.5.2 says so of a 401: "the request has
 * not been applied". An account without quota is turned away as well, before any work.
 */
export const isTurnedAway = (fault: Fault | undefined): boolean =>
  fault === 'revoked' || fault === 'exhausted';

const RANKS: Readonly<Record<Fault, number>> = {
  failing: 1,
  throttled: 3,
  revoked: 4,
  exhausted: 5,
};

/** How much a failure tells its caller, where several endpoints have failed: the highest is shown. */
export function tellingRank(fault: Fault | undefined, { status }: Classification): number {
  if (fault === undefined) return 0;
  // A server's own words say more than a lost connection.
  return RANKS[fault] + (fault === 'failing' && status !== undefined ? 1 : 0);
}
