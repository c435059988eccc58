import type { Meaning } from './meanings.ts';
import { phraseFinder, type PhraseMatch, type PhraseRow } from './phrases.ts';

/**
 * The meanings of the words of a machine code. Rows that come first win: a code with words of two
 * rows (`daily_rate_limit`, `idempotency_key_in_use`) is of the earlier one.
 *
 * `reasons/code-words.ts` has the reason of each row, and an example of each phrase.
 */
export const CODE_WORDS: readonly PhraseRow<Meaning>[] = [
  [
    'exhausted',
    'insufficient * quota/credit/fund, credit * exhausted/limit/deplete, out of credit, ' +
      'spend limit, budget exceeded, billing, payment required, card declined',
  ],
  ['oversize', 'too large/long, size limit, context length/window, max cost, node limit'],
  ['quota', 'daily'],
  [
    'contention',
    'idempotency key in use, concurrent idempotent, in progress, request not complete, ' +
      'being created/deleted, user pending, ' +
      'deadlock, lock timeout/wait, lock not available, unable to lock, resource locked, ' +
      'write conflict, serialization failure, concurrent modification, ' +
      'concurrency violation/exception, optimistic lock, aborted',
  ],
  [
    'throttle',
    'rate limit, ratelimit, throttle, slow down, toomanyrequests, ' +
      'too many * request/attempt/operation/connection/queries, ' +
      'request/query/concurrency/bandwidth/ramp limit, concurrent * limit, ' +
      'throughput exceeded, burst * limit, hourly * limit, flood, enhance your calm, ' +
      'overload, capacity exceeded, busy, resource exhausted',
  ],
  ['refused', 'session expired'],
  [
    'transient',
    'timeout, time out, deadline exceeded, not ready, authorization pending, maintenance, ' +
      'retryable, retry, transient, temporary, temporarily, service/server unavailable, ' +
      'bad gateway, communication/connection error, connection failed, broken connection, ' +
      'unreachable',
  ],
  ['permanent', 'data loss, not implemented/supported, unimplemented, unsupported'],
  [
    'fault',
    'unavailable, capacity, internal, server/unexpected exception, ' +
      'server/backend/system/service/unknown/fatal error',
  ],
  [
    'invalid',
    'validation, bad request, bad user input, malformed, syntax/parse error, parse failed, ' +
      'invalid argument/login/credential/session/request/parameter/input, ' +
      'parameter missing, missing parameter/required, unauthenticated, unauthorized, ' +
      'access/permission denied, forbidden, not found',
  ],
  ['quota', 'quota'],
  ['limit', 'limit, resources exceeded, too many'],
  [
    'refused',
    'invalid, missing, required, denied, exists, taken, in use, expired, disabled, ' +
      'suspended, blocked, revoked, inactive, gone, unknown, unprocessable, precondition, ' +
      'condition, mismatch, out of range, declined, content filter/policy, moderation, ' +
      'not allowed/enabled/configured/authorized, authentication, auth error, signature, ' +
      'deprecated, already, duplicate',
  ],
];

/**
 * The words of a refusal that turn what stands beside them into the thing that is refused:
 * `INVALID_BURST` and `retry_not_allowed` are about a setting, not about load or time.
 */
export const REFUSING_WORDS: readonly PhraseRow<Meaning>[] = [
  [
    'refused',
    'invalid, must, cannot, not allowed/supported/permitted, unsupported, already, ' +
      'too small/short/high, retry failed, maintenance window',
  ],
];

const findMeaning = phraseFinder(CODE_WORDS);
const findRefusal = phraseFinder(REFUSING_WORDS);

/** The meanings that a word of refusal beside them takes back. */
const REFUSABLE: ReadonlySet<Meaning> = new Set([
  'throttle',
  'transient',
  'contention',
  'limit',
  'quota',
]);

/**
 * The first row of {@link CODE_WORDS} that the words of a code match, unless a word of refusal
 * stands beside it.
 */
export function findCodeMeaning(words: readonly string[]): PhraseMatch<Meaning> | undefined {
  const found = findMeaning(words);
  return (found && REFUSABLE.has(found.meaning) ? findRefusal(words) : undefined) ?? found;
}

/**
 * Types that some APIs give to all their errors: on one of them a 409 is a lost race, on another a
 * missing field, so they decide nothing.
 */
export const CATCH_ALL_CODES: ReadonlySet<string> = new Set([
  'invalid_request_error', // OpenAI, Stripe and those who answer like them
  'api_error', // Stripe, Anthropic
  'OAuthException', // Meta: rate limits too
  'Exception',
  'HTTPException',
  'HttpException',
  'RequestError',
]);
