/** The right answer to an outcome: none, try again, slow down, or fix the request. */
export type Category = 'success' | 'retryable' | 'throttle' | 'fatal';

/**
 * The kind of evidence that decided a {@link Classification}, from the most to the least trusted.
 *
 * - `hint`: the server said outright whether to retry (`x-should-retry`, `stripe-should-retry`, …)
 * - `catalog`: the provider's own table knows the machine code
 * - `code`: the machine code is a well-known word (`RateLimitExceeded`, `insufficient_quota`, …)
 * - `header`: another decisive header (an exhausted `x-ratelimit-remaining` on a 403)
 * - `status`: the HTTP status alone
 * - `network`: the shape of a thrown network error
 * - `opaque`: the runtime reports a failed request and hides what happened, as browsers do: it may
 *   be the network or the server, or the runtime's own refusal (CORS, a policy, being offline)
 * - `prose`: the words of a message. They decide about their own call only: they pause nobody else
 *   and say nothing of the server's health
 * - `caller`: the caller aborted, or the caller's own program is at fault
 * - `policy`: one of holdfast's own refusals
 */
export type DecidedBy =
  | 'hint'
  | 'catalog'
  | 'code'
  | 'header'
  | 'status'
  | 'network'
  | 'opaque'
  | 'prose'
  | 'caller'
  | 'policy';

/** The state of the server as far as an outcome shows it. */
export type Health = 'healthy' | 'failing' | 'unknown';

/**
 * How one outcome is classified. It is read once, and every policy acts on the same reading.
 */
export interface Classification<Code extends string = string> {
  /** The right answer to the outcome. */
  readonly category: Category;
  /** The machine-readable code that the server or the runtime gave, as it spelled it. */
  readonly errorCode: Code | undefined;
  /** The server's own words for a person, if it gave any. */
  readonly message: string | undefined;
  /** The HTTP status, if there was a response. */
  readonly status: number | undefined;
  /** How long the server says to wait, in milliseconds; `undefined` where it did not say. */
  readonly retryAfterMs: number | undefined;
  /** Where that wait was read. A wait in `prose` binds its own call only. */
  readonly retryAfterFrom?: 'header' | 'body' | 'prose' | undefined;
  /**
   * `true` where the server or the network shows that the request was not acted on (a refused
   * connection, a 429, a 503 that says when to come back), so that repeating it cannot do the same
   * thing twice.
   */
  readonly unprocessed: boolean;
  /**
   * Set where the outcome came after a redirect that was followed. The first server has acted then.
   * An outcome of another origin says nothing of this one: it neither pauses nor opens its key.
   */
  readonly redirectedTo?: 'same-origin' | 'another-origin' | undefined;
  /**
   * Set where the answer is a stream of events that is watched (`eventStreams`): it has begun well, its
   * first event is an error, or an error came later. A stream votes on the server's health when it is
   * over, and not when it begins.
   */
  readonly stream?: 'begun' | 'first-event' | 'later-event' | undefined;
  /** The kind of evidence that decided. */
  readonly decidedBy: DecidedBy;
  /** The rule that matched, in words a person can check. */
  readonly rule: string;
}

/** The classification of everything that went well; one shared object, so that a success costs nothing. */
export const SUCCESS: Classification<never> = Object.freeze(
  ownClassification({ category: 'success', decidedBy: 'status', rule: 'the call succeeded' }),
);

/** A classification of holdfast's own: of a refusal, an abort or a time-out. */
export function ownClassification(
  own: Pick<Classification, 'category' | 'decidedBy' | 'rule'> & Partial<Classification>,
): Classification<never> {
  return {
    errorCode: undefined,
    message: undefined,
    status: undefined,
    retryAfterMs: undefined,
    unprocessed: false,
    ...own,
  } as Classification<never>;
}

/** The classification of a call that a policy refused: nothing was sent. */
export function refusal(
  category: 'retryable' | 'throttle',
  rule: string,
  retryAfterMs: number | undefined,
): Classification<never> {
  // Written out: a breaker that is open makes one for every call.
  return {
    category,
    errorCode: undefined,
    message: undefined,
    status: undefined,
    retryAfterMs,
    unprocessed: true,
    decidedBy: 'policy',
    rule,
  } as Classification<never>;
}

/** The classification of an attempt that was given up after `timeoutMs`. */
export function timedOut(timeoutMs: number): Classification<never> {
  const rule = `no answer within ${timeoutMs} ms`;
  return ownClassification({ category: 'retryable', decidedBy: 'network', rule });
}

/** The classification of an abort: nothing failed, and the answer is no longer wanted. */
export const ABORTED: Classification<never> = Object.freeze(
  ownClassification({
    category: 'fatal',
    decidedBy: 'caller',
    rule: 'the caller aborted the call',
  }),
);

/** The classification of an abort by a time-out of the caller's own, which says something of the server. */
export const CALLER_TIMED_OUT: Classification<never> = Object.freeze(
  ownClassification({
    category: 'fatal',
    decidedBy: 'caller',
    rule: 'the caller aborted the call, by a time-out of its own',
  }),
);

/** How an abort is classified; the platform's own time-out signals give a `TimeoutError`. */
export function abortedBecause(reason: unknown): Classification<never> {
  try {
    const isTimeout = (reason as { readonly name?: unknown } | undefined)?.name === 'TimeoutError';
    return isTimeout ? CALLER_TIMED_OUT : ABORTED;
  } catch {
    // A reason may be anything, a proxy that throws too.
    return ABORTED;
  }
}

/** The classification of an attempt of which the answer is not needed any more. */
export const NOT_NEEDED: Classification<never> = Object.freeze(
  ownClassification({
    category: 'fatal',
    decidedBy: 'caller',
    rule: 'another attempt of the same call was answered first',
  }),
);

/** The classification of a second attempt that would have had to wait in line. */
export const NOT_AT_ONCE: Classification<never> = Object.freeze(
  ownClassification({
    category: 'fatal',
    decidedBy: 'caller',
    rule: 'a second attempt is sent at once or not at all',
  }),
);

/**
 * Whether an attempt ended because nobody wanted its answer any more: its caller aborted, or another
 * attempt was answered first. Nothing has failed then.
 */
export const isUnwanted = ({ decidedBy, rule }: Classification): boolean =>
  decidedBy === 'caller' &&
  [ABORTED, NOT_NEEDED, NOT_AT_ONCE].some((unwanted) => unwanted.rule === rule);

/** Whether the caller aborted the attempt, by a time-out of its own too. */
export const isAbort = ({ decidedBy, rule }: Classification): boolean =>
  // By its words, since a copy is made where it came after a redirect.
  decidedBy === 'caller' && [ABORTED, CALLER_TIMED_OUT].some((abort) => abort.rule === rule);

/** The classification of an outcome that no reader could read. */
export const UNREAD: Classification<never> = Object.freeze(
  ownClassification({
    category: 'fatal',
    decidedBy: 'caller',
    rule: 'nothing could read this outcome',
  }),
);

const LOWEST_SERVER_ERROR = 500;

/**
 * The server's health as far as an outcome shows it. Every HTTP answer below 500 is a sign of life,
 * also a 404 and a 429; a 5xx, a lost connection and a time-out are failures, also a time-out of the
 * caller's own, and an error of the server's in a stream. Words, refusals of ours and failures whose cause the runtime hides say nothing. Where
 * another origin answered after a redirect, the redirect itself was a sign of life.
 */
export function healthOf(classification: Classification): Health {
  if (classification === CALLER_TIMED_OUT) return 'failing';
  const { category, status, decidedBy, redirectedTo, stream } = classification;
  if (redirectedTo === 'another-origin') return status === undefined ? 'unknown' : 'healthy';
  // In a stream the status has been sent before the error was known.
  if (stream && category === 'retryable' && decidedBy !== 'prose') return 'failing';
  if (status !== undefined) return status < LOWEST_SERVER_ERROR ? 'healthy' : 'failing';
  if (category === 'success') return 'healthy';
  return decidedBy === 'network' && category === 'retryable' ? 'failing' : 'unknown';
}

/** Whether an outcome is a throttle that its key's own server has sent. */
export const isThrottleOfKey = ({ category, decidedBy, redirectedTo }: Classification): boolean =>
  category === 'throttle' && decidedBy !== 'policy' && redirectedTo !== 'another-origin';
