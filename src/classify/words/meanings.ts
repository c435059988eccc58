import type { Category } from '../../core/classification.ts';
import { ABOUT_THE_REQUEST, PASSING } from './statuses.ts';

type FailureCategory = Exclude<Category, 'success'>;

/**
 * The meaning of the words of a code or a message, before the status is taken into account.
 *
 * - `exhausted`: money, credit or a purchased allowance is used up: waiting changes nothing
 * - `oversize`: this one request is larger than what is ever allowed
 * - `quota`: an allowance that is renewed some day: a throttle if the server says when
 * - `limit`: some limit was exceeded, and the word alone does not say which
 * - `throttle`: too many requests, or too much load
 * - `contention`: another request is in the way; this one was not acted on
 * - `transient`: something failed that may work next time
 * - `fault`: the server failed and does not say why: says nothing where the status blames the caller
 * - `invalid`: the request itself is wrong; also where the server answers it with a 500
 * - `permanent`: beyond repair or not offered, also where the server answers it with a 5xx
 * - `refused`: as long as the caller changes nothing, the answer stays the same
 */
export type Meaning =
  | 'exhausted'
  | 'oversize'
  | 'quota'
  | 'limit'
  | 'throttle'
  | 'contention'
  | 'transient'
  | 'fault'
  | 'invalid'
  | 'permanent'
  | 'refused';

/** The other evidence on which the category of a meaning depends. */
export interface MeaningContext {
  /** The status; below 400 where an API answers 200 to everything. */
  readonly status: number;
  /** The server says when to come back. */
  hasWait(): boolean;
  /** What the message means by itself. */
  messageMeaning(): Meaning | undefined;
}

/**
 * The category of a code's meaning, with the status that it came with: the same word is a throttle
 * on a 429 and a fatal error on a 409.
 *
 * @returns `undefined` where the status contradicts the word: then the word decides nothing
 */
export function categoryOfCode(
  meaning: Meaning,
  context: MeaningContext,
): FailureCategory | undefined {
  const { status } = context;
  const server = status >= 500;
  switch (meaning) {
    case 'exhausted':
      return 'fatal';
    case 'oversize':
      if (server) return undefined;
      // A budget of size that is renewed is a rate limit; a single request too large never passes.
      return status === 429 && (context.hasWait() || context.messageMeaning() === 'throttle')
        ? undefined
        : 'fatal';
    case 'quota':
      return server ? undefined : categoryOfQuota(context, true);
    case 'limit':
      if (server || ABOUT_THE_REQUEST.has(status)) return undefined;
      if (status === 429 || context.hasWait()) return 'throttle';
      return context.messageMeaning() === 'throttle' ? 'throttle' : 'fatal';
    case 'throttle':
      // RFC 9110 §15.5.14: a 413 that passes says so with Retry-After.
      if (ABOUT_THE_REQUEST.has(status)) {
        return status === 413 && context.hasWait() ? 'throttle' : undefined;
      }
      return 'throttle';
    case 'contention':
      return ABOUT_THE_REQUEST.has(status) || status === 401 ? undefined : 'retryable';
    case 'transient':
      if (ABOUT_THE_REQUEST.has(status) || status === 401 || status === 429) return undefined;
      return 'retryable';
    case 'fault':
      return (server && !ABOUT_THE_REQUEST.has(status)) || status < 400 ? 'retryable' : undefined;
    case 'invalid':
      return status === 500 || (!server && !PASSING.has(status)) ? 'fatal' : undefined;
    case 'permanent':
      return status === 429 ? undefined : 'fatal';
    case 'refused':
      return server || PASSING.has(status) ? undefined : 'fatal';
  }
}

/**
 * The category of a message's meaning: the same, with more doubt. Prose turns a
 * classification only where it is plain, and where the status leaves room for it.
 */
export function categoryOfMessage(
  meaning: Meaning,
  context: MeaningContext,
): FailureCategory | undefined {
  const { status } = context;
  if (status >= 500) {
    return meaning === 'throttle' && !ABOUT_THE_REQUEST.has(status) ? 'throttle' : undefined;
  }
  if (status === 429) {
    if (meaning === 'oversize') return 'fatal';
    // A prose that speaks of plans and billing beside a wait is the usual advertisement.
    if (meaning === 'exhausted') return context.hasWait() ? undefined : 'fatal';
    return meaning === 'quota' ? categoryOfQuota(context, false) : undefined;
  }
  if (status === 413 && meaning === 'throttle' && context.hasWait()) return 'throttle';
  if (ABOUT_THE_REQUEST.has(status) || status === 401) return undefined;
  switch (meaning) {
    case 'exhausted':
    case 'oversize':
    case 'invalid':
    case 'permanent':
    case 'refused':
      return PASSING.has(status) ? undefined : 'fatal';
    case 'quota':
    case 'limit':
      return categoryOfQuota(context, false);
    case 'throttle':
      return 'throttle';
    case 'contention':
      // A conflict or a lock passes. On a 400 the same words describe the thing that was asked for.
      return status === 403 || status === 400 || status === 422 ? undefined : 'retryable';
    case 'transient':
      return status === 403 ? undefined : 'retryable';
    case 'fault':
      return status === 409 || status === 424 || status < 400 ? 'retryable' : undefined;
  }
}

/** A renewable allowance: a throttle where it is known to be renewed soon, or to when. */
function categoryOfQuota(context: MeaningContext, askMessage: boolean): FailureCategory {
  if (context.status === 402) return 'fatal';
  if (context.hasWait()) return 'throttle';
  const said = askMessage ? context.messageMeaning() : 'quota';
  if (said === 'throttle') return 'throttle';
  return context.status === 429 && said !== 'quota' && said !== 'exhausted' ? 'throttle' : 'fatal';
}
