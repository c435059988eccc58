import { isObject, isText, read } from '../untrusted.ts';
import type { StreamEvent } from './event-splitter.ts';

/** An error that stands in an event, in the form that it has as a response. */
export interface ErrorInEvent {
  /** JSON. */
  readonly body: string;
  /** The status that the event gives itself; `undefined` where it gives none. */
  readonly status: number | undefined;
  /** Whether the event is named an error, so that it is one whatever its data say. */
  readonly isNamed: boolean;
}

const KEEP_ALIVE = /^(?:ping|heartbeat|keep-?alive)$/i;
const KEEP_ALIVE_DATA = /^\{\s*"type"\s*:\s*"(?:ping|heartbeat|keep-?alive)"/i;
const ERROR_NAME = /^(?:response\.)?(?:error|failed)$|exception$/i;
/** The words of which the JSON of every error has one somewhere. */
const ERROR_WORD = /"(?:err|exception|fault)/i;
/** OnDemand's form: `data:[ERROR]:{"message": …, "errorCode": …}`. */
const MARKED = /^\[ERROR\]:?\s*/i;

/** How much is taken of an error that is no JSON. */
const MAX_MESSAGE_LENGTH = 2000;

/**
 * Whether an event only shows that the connection lives: Anthropic's `ping`, OnDemand's `heartbeat`,
 * or one without data.
 */
export const isKeepAlive = ({ name, data }: StreamEvent): boolean =>
  data === '' || KEEP_ALIVE.test(name ?? '') || KEEP_ALIVE_DATA.test(data);

/**
 * Whether an event goes before the output and is no part of it: `name` or the `type` of its data is one
 * of these.
 */
export const isPreamble = ({ name, data }: StreamEvent, names: ReadonlySet<unknown>): boolean =>
  names.size > 0 && (names.has(name) || names.has(read(parsedOf(data), 'type')));

/**
 * The error in an event, as providers send it in a stream whose status was 200; `undefined` where it
 * cannot be one. Whether it is one the reader of responses decides, unless it is named so.
 *
 * - Anthropic: `event: error`, `{"type": "error", "error": {"type": "overloaded_error", …}}`
 * - OpenAI: `{"error": {…}}`; Responses: `{"type": "error", "code", "message"}` and
 *   `{"type": "response.failed", "response": {"error": {…}}}`
 * - Gemini: `{"error": {"code": 503, "status": "UNAVAILABLE", …}}`, also as the element of an array
 * - OpenRouter: `{"id": …, "error": {"code": 502, …}, "choices": […]}`
 * - OnDemand: `[ERROR]:{"message": …, "errorCode": …}`
 */
export function errorIn({ name = '', data }: StreamEvent): ErrorInEvent | undefined {
  const isNamed = ERROR_NAME.test(name) || MARKED.test(data);
  if (!isNamed && !ERROR_WORD.test(data)) return undefined;
  const said = data.replace(MARKED, '');
  const parsed = parsedOf(said);
  if (parsed === undefined) {
    return isNamed ? error({ message: said.slice(0, MAX_MESSAGE_LENGTH) }, true) : undefined;
  }
  const isBare = isNamed && !isText(read(parsed, 'error'));
  const found = errorObjectIn(parsed) ?? (isBare ? parsed : undefined);
  if (found !== undefined) return error(found, isNamed);
  return { body: JSON.stringify(parsed), status: statusIn(parsed), isNamed };
}

const error = (inside: object, isNamed: boolean): ErrorInEvent => ({
  body: JSON.stringify({ error: inside }),
  status: statusIn(inside),
  isNamed,
});

function parsedOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return isObject(first) ? first : undefined;
  } catch {
    // Not JSON, or cut off.
    return undefined;
  }
}

/** The error itself, wherever the event has it: alone it cannot be taken for anything else. */
function errorObjectIn(event: object): object | undefined {
  const inside = read(event, 'error');
  if (isObject(inside)) return inside;
  const failed = read(read(event, 'response'), 'error');
  if (isObject(failed)) return failed;
  const choices = read(event, 'choices');
  const ofChoice = Array.isArray(choices) ? read(choices[0], 'error') : undefined;
  if (isObject(ofChoice)) return ofChoice;
  // OpenAI's Responses: the event is the error.
  const isError = read(event, 'type') === 'error' && isText(read(event, 'message'));
  return isError ? { ...event, type: undefined } : undefined;
}

function statusIn(inside: object): number | undefined {
  for (const name of ['status', 'code', 'status_code', 'statusCode']) {
    const value = Number(read(inside, name));
    if (value >= 400 && value < 600) return value;
  }
  return undefined;
}
