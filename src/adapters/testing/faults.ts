import { OptionError, oneOf } from '../../core/options.ts';
import {
  ONDEMAND_ERRORS,
  ONDEMAND_ERROR_CODES,
  type OndemandEnvelope,
  type OndemandErrorCode,
} from './ondemand-errors.ts';
import type { RetryAfterForm } from './retry-after-forms.ts';

/** A wait hint for the server to send. */
export interface RetryAfterHint {
  readonly form: RetryAfterForm;
  /** How long it asks for, in milliseconds; forms that count seconds round it up. */
  readonly ms: number;
}

/** The endpoint answers as it should. */
export interface NoFault {
  readonly kind: 'none';
}

/** An error of the API's contract: a status and a body that explains it. */
export interface ErrorFault {
  readonly kind: 'error';
  readonly status: number;
  /** Left out of the body where left out here. */
  readonly errorCode?: string;
  /** @defaultValue the status's own words */
  readonly message?: string;
  /** @defaultValue `'flat'` */
  readonly envelope?: OndemandEnvelope;
  readonly retryAfter?: RetryAfterHint;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the body at least this many bytes long, with a last field full of filler. */
  readonly paddedToBytes?: number;
}

/** Any answer at all, as given. */
export interface AnswerFault {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The connection is reset (a TCP RST): before anything was answered, or half way through the body. */
export interface ResetFault {
  readonly kind: 'reset';
  readonly when: 'before-headers' | 'mid-body';
}

/** Nothing comes for `delayMs`; then what `next` says, by default the proper answer. */
export interface SlowHeadersFault {
  readonly kind: 'slow-headers';
  readonly delayMs: number;
  readonly next?: Fault;
}

/** The proper answer, its body dripping in `pieces`, one every `everyMs`. */
export interface SlowBodyFault {
  readonly kind: 'slow-body';
  readonly pieces: number;
  readonly everyMs: number;
}

/** The proper answer, closed half way through its body without a reset. */
export interface TruncatedBodyFault {
  readonly kind: 'truncated-body';
  readonly framing: 'content-length' | 'chunked';
}

/** The request is read, and nothing ever comes. */
export interface NeverAnswersFault {
  readonly kind: 'never-answers';
}

/** Bytes come that are no HTTP. */
export interface NotHttpFault {
  readonly kind: 'not-http';
}

/** How a {@link faultyServer} treats one request. */
export type Fault =
  | NoFault
  | ErrorFault
  | AnswerFault
  | ResetFault
  | SlowHeadersFault
  | SlowBodyFault
  | TruncatedBodyFault
  | NeverAnswersFault
  | NotHttpFault;

/**
 * A documented OnDemand error with its own status and message, ready to be played.
 *
 * @throws {@link OptionError} for a code that is not documented.
 *
 * @example
 * server.play(ondemandFault('rate_limit_exceeded', { retryAfter: { form: 'seconds', ms: 2_000 } }));
 */
export function ondemandFault(
  errorCode: OndemandErrorCode,
  details?: Partial<Omit<ErrorFault, 'kind' | 'errorCode'>>,
): ErrorFault {
  if (!Object.hasOwn(ONDEMAND_ERRORS, errorCode)) {
    const { expected } = oneOf(...ONDEMAND_ERROR_CODES);
    throw new OptionError('ondemandFault.errorCode', expected, errorCode);
  }
  return { kind: 'error', errorCode, ...ONDEMAND_ERRORS[errorCode], ...details };
}
