import isNetworkError from 'is-network-error';
import { ownClassification, type Classification, type DecidedBy } from '../core/classification.ts';
import type { Clock } from '../core/clock.ts';
import type { OutcomeReader } from '../core/outcome-reader.ts';
import { cancelBody } from './discarding-reader.ts';
import { classifyByCauses, classifyByStatus, found, type Shape } from './status-reader.ts';

/** Node's and undici's codes for a connection that never stood, and for one that was lost. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E(NET|HOST)UNREACH|UND_ERR_CONNECT_TIMEOUT)$/;
const LOST =
  /^(ECONN(RESET|ABORTED)|EPIPE|ETIMEDOUT|UND_ERR_(SOCKET|HEADERS_TIMEOUT|BODY_TIMEOUT))$/;
/** The conditions of fetch that fail again: redirects, integrity, certificates, forbidden addresses. */
const PERMANENT = /redirect|integrity|cert|bad port|scheme/i;
/** Messages of Workers and React Native that is-network-error does not know in full. */
const LOST_WORDS = /^Network (connection lost|request timed out)\.?$/;

/**
 * How a policy on its own reads outcomes, so that it carries no classifier: by the status of a
 * response or an error, `Retry-After`, network codes and names. A pipeline and a wrapped fetch hand
 * in a reader that knows far more.
 */
export const readPlainly = (clock: Clock): OutcomeReader => ({
  classifyValue: (value) => classifyByStatus(value, clock),
  classifyError: (error) =>
    found(() => classifyByCauses(error, clock, byNameOrCode) ?? byMessage(error), UNKNOWN),
  discard: cancelBody,
});

function byNameOrCode({ name, code }: Shape): Classification | undefined {
  if (name === 'AbortError') return ABORTED_ELSEWHERE;
  if (name === 'TimeoutError') return network('no answer in time');
  const errorCode = String(code);
  const unprocessed = NEVER_SENT.test(errorCode);
  return unprocessed || LOST.test(errorCode)
    ? network(errorCode, { errorCode, unprocessed })
    : undefined;
}

/** What fetches throw without a code that says more. */
function byMessage(error: unknown): Classification | undefined {
  const text = String((error as Shape | undefined)?.message);
  if (!isNetworkError(error) && !LOST_WORDS.test(text)) return undefined;
  const { code, message } = ((error as Shape).cause ?? {}) as Shape;
  if (PERMANENT.test(`${String(code)} ${String(message)}`)) return PERMANENT_FAILURE;
  // Node's fetch may say more in a cause; a browser's says nothing else.
  const decidedBy = text === 'fetch failed' ? 'network' : 'opaque';
  return network('the connection failed', { decidedBy });
}

const network = (rule: string, more?: Partial<Classification>): Classification =>
  ownClassification({ category: 'retryable', decidedBy: 'network', rule, ...more });

const fatal = (decidedBy: DecidedBy, rule: string): Classification =>
  ownClassification({ category: 'fatal', decidedBy, rule });

const ABORTED_ELSEWHERE = fatal('caller', 'the call was aborted');
const PERMANENT_FAILURE = fatal('network', 'the request would fail again');
const UNKNOWN = fatal('caller', 'no rule knows this error');
