/** What the body of a response says, as far as it is JSON. */
export interface ErrorBody {
  /** Machine codes, the most telling first. */
  readonly codes: readonly string[];
  readonly message: string | undefined;
  /** It is unmistakably an error, whatever the status of the response. */
  readonly isError: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Where APIs put the machine code: in the error object, or at the top, in this order. */
const CODES = ['errorCode', 'error_code', 'code', '__type', 'reason', 'status', 'type'];
const MESSAGES = ['message', 'error_description', 'detail', 'title', 'msg'];
/** These mean something else at the top: `{"status": "error"}`, `{"type": "https://…"}`. */
const IN_ERROR_ONLY = 4;

const MAX_MESSAGE_LENGTH = 2_000;

/**
 * Reads the code and the message of a JSON body: `{"message", "errorCode"}` at the top or in an
 * `error` object (OnDemand, OpenAI, Google, Stripe and most others), `{"error": "invalid_grant"}`
 * (OAuth, Slack), `{"errors": [{"message", "extensions": {"code"}}]}` (GraphQL),
 * `{"error": {"errors": [{"reason"}]}}` (Google's older APIs), `{"__type": "com.…#Code"}` (AWS).
 *
 * @param status - of the response: a code that only repeats it says nothing
 */
export function readErrorBody(bytes: Uint8Array | undefined, status: number): ErrorBody {
  const top = fieldsOf([parsed(bytes)].flat()[0]);
  const named = fieldsOf(top.error);
  const listed = fieldsOf([top.errors ?? named.errors].flat()[0]);
  const error = { ...fieldsOf(listed.extensions), ...listed, ...named };
  const given = [
    ...CODES.flatMap((name, index) => [error[name], index < IN_ERROR_ONLY && top[name]]),
    top.error,
  ];
  const codes = given
    .filter(isCode)
    .map((code) => String(code).replace(/.*#/, ''))
    .filter((code) => code !== String(status));
  const said = [...MESSAGES.flatMap((name) => [error[name], top[name]]), top.error];
  const message = said.find(isText)?.slice(0, MAX_MESSAGE_LENGTH);
  const isFound = codes.length > 0 || message !== undefined;
  const isDenied = top.ok === false || top.success === false || Object.keys(error).length > 0;
  return { codes, message, isError: isFound && isDenied };
}

function parsed(bytes: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // A page, a text, or cut off at the limit.
    return undefined;
  }
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** A word or several joined ones, or a number of the provider's own. */
const isCode = (value: unknown): boolean =>
  (typeof value === 'number' && value !== 0) ||
  (typeof value === 'string' && /^[A-Za-z_][\w.:/#-]{0,199}$/.test(value));
