import { isErrorRecord, revivedError } from '../revived-error.ts';

/** An error that somebody logged: as JSON, as Node prints it, or as curl does. */
export function parseThrown(input: Uint8Array): Error | undefined {
  const text = Buffer.from(input).toString('utf8').trim();
  return fromJson(text) ?? fromCurl(text) ?? fromText(text);
}

/** An object of JSON that has what errors have and bodies do not. */
function fromJson(text: string): Error | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return isErrorRecord(value) ? revivedError(value) : undefined;
  } catch {
    return undefined;
  }
}

/** What curl could not do (`man curl`, "EXIT CODES"), as Node calls it. */
const CURL_CODES: Readonly<Record<string, string>> = {
  5: 'ENOTFOUND',
  6: 'ENOTFOUND',
  7: 'ECONNREFUSED',
  28: 'ETIMEDOUT',
  52: 'ECONNRESET',
  55: 'EPIPE',
  56: 'ECONNRESET',
  60: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
};

function fromCurl(text: string): Error | undefined {
  const [, number = '', message] = /^curl: \((\d+)\) (.*)$/m.exec(text) ?? [];
  const code = CURL_CODES[number];
  return message === undefined ? undefined : errorOf({ name: 'Error', message, code });
}

interface Parts {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
}

function errorOf({ name, message, code }: Parts): Error {
  const error = Object.assign(new Error(message), { name });
  return code === undefined ? error : Object.assign(error, { code });
}

/** `TypeError: fetch failed`, `AggregateError [ECONNREFUSED]: …`, after what a console put before. */
const HEAD =
  /^(\s*)(?:\[?cause\]?: )?(?:Uncaught |Unhandled \w+ )?\[?([A-Z]\w*(?:Error|Exception|Failure)|Error)(?: \[(\w+)\])?(?:: (.*?))?\]?(?: \{)?$/;
const FIELD = /^\s+(code|errno|status|statusCode): '?([\w.-]+)'?,?$/;

/** As `util.inspect` prints it: causes and fields are indented, and fields follow the stack. */
function fromText(text: string): Error | undefined {
  const open: { readonly indent: number; readonly error: Error }[] = [];
  for (const line of text.split('\n', 1_000)) {
    const [, space = '', name, code, message = ''] = HEAD.exec(line) ?? [];
    const indent = name === undefined ? line.search(/\S|$/) : space.length;
    const within = open.findLast((one) => one.indent < indent) ?? open[0];
    if (name !== undefined) {
      const error = errorOf({ name, message, code });
      if (within !== undefined && within.error.cause === undefined) within.error.cause = error;
      open.push({ indent, error });
    } else if (within !== undefined) {
      const [, field, value] = FIELD.exec(line) ?? [];
      if (field === undefined || value === undefined || field in within.error) continue;
      Object.assign(within.error, { [field]: field === 'code' ? value : Number(value) });
    }
  }
  return open[0]?.error;
}
