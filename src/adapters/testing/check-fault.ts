import {
  OptionError,
  nonNegative,
  oneOf,
  positive,
  readOptions,
  wholeNumber,
  type Check,
  type Checks,
} from '../../core/options.ts';
import type { FaultScope, ServerRateLimit } from './fault-plan.ts';
import type { Fault, RetryAfterHint } from './faults.ts';
import { RETRY_AFTER_FORMS } from './retry-after-forms.ts';

const text: Check = { expected: 'a string', accepts: (value) => typeof value === 'string' };
const anObject: Check = {
  expected: 'an object',
  accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};
const textOrBytes: Check = {
  expected: 'a string or bytes',
  accepts: (value) => typeof value === 'string' || ArrayBuffer.isView(value),
};
const status: Check = {
  expected: 'a status from 200 to 599',
  accepts: (value) => Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599,
};
const kind: Check = text;

type Kind = Fault['kind'];
type FaultOf<K extends Kind> = Extract<Fault, { readonly kind: K }>;

/** What each kind of fault may have. */
const FAULTS: { readonly [K in Kind]: Checks<FaultOf<K>> } = {
  none: { kind },
  error: {
    kind,
    status,
    errorCode: text,
    message: text,
    envelope: oneOf('flat', 'nested'),
    retryAfter: anObject,
    headers: anObject,
    paddedToBytes: wholeNumber(0),
  },
  answer: { kind, status, headers: anObject, body: textOrBytes },
  reset: { kind, when: oneOf('before-headers', 'mid-body') },
  'slow-headers': { kind, delayMs: nonNegative, next: anObject },
  'slow-body': { kind, pieces: wholeNumber(1), everyMs: nonNegative },
  'truncated-body': { kind, framing: oneOf('content-length', 'chunked') },
  'never-answers': { kind },
  'not-http': { kind },
};

const OPTIONAL: readonly string[] = [
  'errorCode',
  'message',
  'envelope',
  'retryAfter',
  'headers',
  'paddedToBytes',
  'body',
  'next',
];

const HINT_CHECKS: Checks<RetryAfterHint> = { form: oneOf(...RETRY_AFTER_FORMS), ms: nonNegative };

/**
 * Makes sure that a fault can be played: a request that meets an unknown one would hang.
 *
 * @throws {@link OptionError} naming what is wrong with it.
 */
export function checkFault(fault: unknown, place: string): void {
  if (!anObject.accepts(fault)) throw new OptionError(place, 'a fault: an object with kind', fault);
  const given = fault as { readonly kind?: unknown };
  const isKnown = typeof given.kind === 'string' && Object.hasOwn(FAULTS, given.kind);
  if (!isKnown) throw new OptionError(`${place}.kind`, oneOf(...KINDS).expected, given.kind);
  const checks = FAULTS[given.kind as Kind] as Checks<Record<string, unknown>>;
  const required = Object.keys(checks).filter((name) => !OPTIONAL.includes(name));
  const { retryAfter, next } = readOptions(place, { ...given }, {}, checks, required);
  if (retryAfter !== undefined) {
    const hint = retryAfter as RetryAfterHint;
    readOptions(`${place}.retryAfter`, hint, {}, HINT_CHECKS, ['form', 'ms']);
  }
  if (next !== undefined) checkFault(next, `${place}.next`);
}

const KINDS = Object.keys(FAULTS);

const SCOPE_CHECKS: Checks<FaultScope> = { path: text, times: wholeNumber(1, 'or-infinity') };

/** @throws {@link OptionError} for a scope that means nothing. */
export function checkScope(scope: FaultScope, place: string): void {
  readOptions(place, scope, {}, SCOPE_CHECKS);
}

const RATE_LIMIT_CHECKS: Checks<ServerRateLimit> = {
  ratePerSecond: { ...positive, expected: `${positive.expected} (burst: 0 refuses every request)` },
  // Never a whole token, so that every request is refused.
  burst: nonNegative,
  retryAfter: oneOf(...RETRY_AFTER_FORMS, 'none'),
};

/** @throws {@link OptionError} for a limit that cannot be kept. */
export function checkRateLimit(limit: ServerRateLimit, place: string): void {
  readOptions(place, limit, {}, RATE_LIMIT_CHECKS, ['ratePerSecond']);
}
