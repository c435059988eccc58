import type { Meaning } from './meanings.ts';
import { phraseFinder, type PhraseRow } from './phrases.ts';

/**
 * The meanings of the sentences of a message. They are asked only where no code decides, as prose
 * is written for people and changes without notice. Rows that come first win.
 *
 * `reasons/message-phrases.ts` has the reason of each row, and an example of each phrase.
 */
export const MESSAGE_PHRASES: readonly PhraseRow<Meaning>[] = [
  [
    'oversize',
    'request too large, prompt/input/message is too long, character limit, must be reduced, ' +
      'reduce your prompt, reduce your message size, reduce the length, maximum context length',
  ],
  [
    'exhausted',
    'insufficient * credit/balance/fund, not enough credit, no credit remaining, out of credit, credit balance, ' +
      'included credit, spend limit',
  ],
  [
    'refused',
    'must/should/cannot be, must not/have, invalid, not valid/allowed/supported/permitted, ' +
      'unsupported, at most, than or equal, is required, wrong input, ' +
      'validation error/failed, unable to verify, ' +
      'different name, latest version, modify * retry, modify * try again, ' +
      'already, duplicate, not exist/found',
  ],
  [
    'contention',
    'another * request/process/operation/transaction, in progress request, ' +
      'is/still/currently in progress, being created/deleted, concurrent update/policy, ' +
      'concurrently, deadlock, lock wait, obtain exclusive, acquire * lock, is locked, aborted',
  ],
  ['quota', 'per day, daily/monthly limit/quota/request'],
  [
    'throttle',
    'rate limit/exceeded, ratelimit, rate of requests, request/sending rate, throttle, ' +
      'too many * request/call/attempt/queries, too frequently/quickly, ' +
      'request limit reached/exceeded, exceeded * call, slow down, per second/minute/hour, ' +
      'temporarily blocked, call volume quota, concurrent request, frequency limit, flood control',
  ],
  // After the words of a throttle: beside them they are an advertisement.
  ['exhausted', 'purchase * credit, billing, payment method, upgrade your plan/account'],
  ['limit', 'exceeded * quota, quota exceeded'],
  [
    'throttle',
    'overload, over/no capacity, high demand, busy, capacity exceeded, resource * exhausted',
  ],
  [
    'transient',
    'temporary, temporarily, transient, try again later/in/after/soon, retry later/in/after, ' +
      'timed out, not ready, service/currently unavailable',
  ],
  [
    'fault',
    'please try again, please retry, something went wrong, timeout, maintenance, unavailable, ' +
      'internal/server/unexpected/unknown error',
  ],
];

/** The first row of {@link MESSAGE_PHRASES} that the words of a message match. */
export const findMessageMeaning = phraseFinder(MESSAGE_PHRASES);
