import { OptionError, oneOf, readOptions, type Check, type Checks } from '../../core/options.ts';
import { readError, type ErrorKind } from './error-kind.ts';

/** How errors are answered. */
export interface AnswerOptions {
  /**
   * `'problem'`: RFC 9457, `application/problem+json`.
   * `'ondemand'`: `{"message", "errorCode"}`, as the OnDemand error contract has it. @defaultValue 'problem'
   */
  readonly body?: 'problem' | 'ondemand' | undefined;
  /** The status for a throttle of the upstream: the quota is this server's, not its client's. @defaultValue 503 */
  readonly throttledStatus?: 503 | 429 | undefined;
  /**
   * Errors that did not come out of holdfast: `'pass'` leaves them to the framework, `'answer'`
   * reads them by their shape and answers them too. @defaultValue 'pass'
   */
  readonly otherErrors?: 'pass' | 'answer' | undefined;
  /** The beginning of a problem's `type`; the kind of error (`circuit-open`, `throttled`, …) follows. @defaultValue none: `about:blank` */
  readonly typeBase?: string | undefined;
  /** A problem's `instance`: a URI reference for this very occurrence. @defaultValue none */
  readonly instance?: string | undefined;
}

/** @see {@link AnswerOptions} */
export const ANSWER_DEFAULTS = Object.freeze({
  body: 'problem' as 'problem' | 'ondemand',
  throttledStatus: 503 as 503 | 429,
  otherErrors: 'pass' as 'pass' | 'answer',
});

/** The answer to one's own client. */
export interface ErrorAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/** The way to deal with an error. */
export type Judgement =
  | { readonly kind: 'answer'; readonly answer: ErrorAnswer }
  /** The client has left. */
  | { readonly kind: 'silence' }
  /** It is the framework's. */
  | { readonly kind: 'pass' };

/** The options of {@link AnswerOptions}, checked. */
export type AnswerSettings = ReturnType<typeof readAnswerOptions>;

const text: Check = { expected: 'a string', accepts: (value) => typeof value === 'string' };

const CHECKS: Checks<AnswerOptions> = {
  body: oneOf('problem', 'ondemand'),
  throttledStatus: { expected: '503 or 429', accepts: (value) => value === 503 || value === 429 },
  otherErrors: oneOf('pass', 'answer'),
  typeBase: text,
  instance: text,
};

/**
 * The answer to one's own client for an error that reached a handler; `undefined` where there is
 * nothing to write: the client has left, or the error is not holdfast's.
 *
 * | error | status |
 * |---|---|
 * | circuit open | 503 with `Retry-After` |
 * | throttled, by the upstream or by the limiter | `throttledStatus`, with `Retry-After` |
 * | upstream 503 | 503, with `Retry-After` if it gave one |
 * | upstream fatal, any other failure of it, network | 502 |
 * | timeout, a deadline that has passed | 504 |
 * | unexpected | 500 |
 *
 * Nothing of the error goes into it: no address, no header, none of the upstream's words.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const answer = answerTo(error);
 * if (answer) response.writeHead(answer.status, answer.headers).end(answer.body);
 */
export function answerTo(error: unknown, options?: AnswerOptions): ErrorAnswer | undefined {
  const judgement = judge(error, readAnswerOptions('answerTo', options));
  return judgement.kind === 'answer' ? judgement.answer : undefined;
}

/** Checks the options once, for all the errors to come. */
export function readAnswerOptions(owner: string, options: AnswerOptions | undefined) {
  const settings = readOptions(owner, options, ANSWER_DEFAULTS, CHECKS);
  if (settings.body === 'ondemand') {
    for (const name of ['typeBase', 'instance'] as const) {
      if (settings[name] === undefined) continue;
      throw new OptionError(
        `${owner}.${name}`,
        "left out unless body is 'problem'",
        settings[name],
      );
    }
  }
  return settings;
}

/** The consequence of an error for this server: an answer, silence, or nothing because it is not holdfast's. */
export function judge(error: unknown, settings: AnswerSettings): Judgement {
  const { errorKind, retryAfterMs } = readError(error, settings.otherErrors);
  if (errorKind === undefined) return { kind: 'pass' };
  if (errorKind === 'aborted') return { kind: 'silence' };
  return { kind: 'answer', answer: answerFor(errorKind, retryAfterMs, settings) };
}

/** Status, and what may be said about it to anybody. */
const ERROR_KINDS: Readonly<
  Record<Exclude<ErrorKind, 'aborted'>, { readonly status: Status; readonly detail: string }>
> = {
  'circuit-open': {
    status: 503,
    detail: 'A service that this request needs keeps failing and is not asked for the time being.',
  },
  throttled: { status: 503, detail: 'A service that this request needs is asked too often.' },
  unavailable: { status: 503, detail: 'A service that this request needs is not available now.' },
  'upstream-failed': {
    status: 502,
    detail: 'A service that this request needs did not answer as it should.',
  },
  'timed-out': { status: 504, detail: 'The request could not be answered in time.' },
  unexpected: { status: 500, detail: 'The request failed for an unexpected reason.' },
};

type Status = 429 | 500 | 502 | 503 | 504;

/**
 * The phrases of RFC 9110 §15 and RFC 6585, and the codes of the OnDemand error contract. Its code
 * of a 504 speaks of a plugin, which no server but its own can know of: the phrase stands there.
 */
const STATUSES: Readonly<Record<Status, { readonly title: string; readonly errorCode: string }>> = {
  429: { title: 'Too Many Requests', errorCode: 'rate_limit_exceeded' },
  500: { title: 'Internal Server Error', errorCode: 'server_error' },
  502: { title: 'Bad Gateway', errorCode: 'bad_gateway' },
  503: { title: 'Service Unavailable', errorCode: 'resource_unavailable' },
  504: { title: 'Gateway Timeout', errorCode: 'gateway_timeout' },
};

function answerFor(
  errorKind: Exclude<ErrorKind, 'aborted'>,
  retryAfterMs: number | undefined,
  { body, throttledStatus, typeBase, instance }: AnswerSettings,
): ErrorAnswer {
  const { detail, status: usual } = ERROR_KINDS[errorKind];
  const status = errorKind === 'throttled' ? throttledStatus : usual;
  const { title, errorCode } = STATUSES[status];
  const isProblem = body === 'problem';
  const type = typeBase === undefined ? 'about:blank' : `${typeBase}${errorKind}`;
  return {
    status,
    headers: {
      'content-type': isProblem ? 'application/problem+json' : 'application/json',
      // A 501 or a 404 may be kept by a cache; a passing failure must not be.
      'cache-control': 'no-store',
      ...retryAfter(status, retryAfterMs),
    },
    body: JSON.stringify(
      isProblem
        ? {
            type,
            title,
            status,
            detail,
            ...(instance === undefined ? {} : { instance }),
            errorCode,
          }
        : { message: detail, errorCode },
    ),
  };
}

/** In whole seconds, rounded up: nobody is called back too early (RFC 9110 §10.2.3). */
function retryAfter(status: Status, retryAfterMs: number | undefined): Record<string, string> {
  const isMeant = status === 503 || status === 429;
  if (!isMeant || retryAfterMs === undefined || !Number.isFinite(retryAfterMs)) return {};
  return { 'retry-after': String(Math.max(0, Math.ceil(retryAfterMs / 1000))) };
}
