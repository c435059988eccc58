import type { Failure } from '../../../classify/classify.ts';
import { readHeaders } from '../../../classify/headers/response-headers.ts';
import { isRecord, type JsonRecord } from '../../json-record.ts';
import { errorOfMessage } from '../../revived-error.ts';

/** What a line of holdfast's own says of an attempt. */
export interface EventLine {
  readonly url: string | undefined;
  readonly outcome: Failure;
}

/** Whether a line is an event of holdfast, flat as `logEvents` writes it, or written as JSON. */
export const isEventLine = ({ event, type, callId }: JsonRecord): boolean =>
  typeof callId === 'string' && [event, type].some((name) => typeof name === 'string');

/**
 * The attempt that an event tells of; `undefined` for all events but the end of an attempt: the others
 * repeat what it says. Such lines hold no headers and no body, so no wait that the server asked for.
 */
export function attemptOfEvent(record: JsonRecord): EventLine | undefined {
  const { event, type, key, route, classification } = record;
  if ((event ?? type) !== 'attempt-ended') return undefined;
  const { status, category, errorCode, rule, retryAfterMs } = isRecord(classification)
    ? classification
    : record;
  const path = typeof route === 'string' ? /\/.*$/.exec(route)?.[0] : undefined;
  const base = typeof key === 'string' && URL.canParse(key) ? key : undefined;
  return {
    // The ids in a route are folded already: `/users/:id`.
    url: base === undefined ? undefined : new URL(path ?? '/', base).href,
    outcome: outcomeOf(),
  };

  function outcomeOf(): Failure {
    if (category === 'success') return { status: 200 };
    const code = typeof errorCode === 'string' ? errorCode : undefined;
    if (typeof status === 'number') {
      const wait = typeof retryAfterMs === 'number' ? { 'retry-after-ms': `${retryAfterMs}` } : {};
      return { status, headers: readHeaders(wait), body: code === undefined ? null : { code } };
    }
    const words = code ?? (typeof rule === 'string' ? rule : '');
    return {
      error: errorOfMessage(words, words.startsWith('no answer within') ? 'TimeoutError' : 'Error'),
    };
  }
}
