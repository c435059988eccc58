/** A response as a tool like curl printed it: the last one, where there were several. */
export interface HttpMessage {
  /** `undefined` where no status line was there: then all of the input is the body. */
  readonly status: number | undefined;
  /** Each field in its order; a field may occur several times. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

const STATUS_LINE = /^HTTP\/\d(?:\.\d)? (\d{3})(?: .*)?$/;
/** A head larger than any server sends is not searched further. */
const MAX_HEAD_BYTES = 1024 * 1024;

/**
 * Reads what `curl -i` prints: HTTP/1 and HTTP/2 status lines, lines ending in CRLF or LF, and the
 * heads of interim, redirecting, authenticating and proxying responses before the last one.
 *
 * A body that is still in chunks (`curl --raw`) is put together.
 */
export function parseHttpMessage(input: Uint8Array): HttpMessage {
  let rest = withoutByteOrderMark(input);
  let message: HttpMessage | undefined;
  for (;;) {
    const head = readHead(rest);
    if (head === undefined) break;
    rest = rest.subarray(head.length);
    message = { status: head.status, headers: head.headers, body: rest };
  }
  if (message === undefined) return { status: undefined, headers: [], body: rest };
  return isChunked(message.headers)
    ? { ...message, body: joinChunks(message.body) ?? message.body }
    : message;
}

interface Head {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** In bytes, the empty line included. */
  readonly length: number;
}

function readHead(bytes: Uint8Array): Head | undefined {
  // One character a byte, so that places in the text are places in the bytes.
  const text = latin1(bytes.subarray(0, MAX_HEAD_BYTES));
  let at = 0;
  const nextLine = (): string | undefined => {
    if (at >= text.length) return undefined;
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end === -1 ? text.length : end);
    at = end === -1 ? text.length : end + 1;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  };
  const status = STATUS_LINE.exec((nextLine() ?? '').trimEnd())?.[1];
  if (status === undefined) return undefined;
  const headers: [string, string][] = [];
  for (let line = nextLine(); line !== undefined && line !== ''; line = nextLine()) {
    const last = headers.at(-1);
    const colon = line.indexOf(':');
    // A line that begins with a space continues the one before (RFC 9112 section 5.2).
    if (/^[ \t]/.test(line) && last !== undefined) last[1] = `${last[1]} ${line.trim()}`;
    else if (colon > 0) headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return { status: Number(status), headers, length: at };
}

function isChunked(headers: HttpMessage['headers']): boolean {
  return headers.some(
    ([name, value]) => name.toLowerCase() === 'transfer-encoding' && /\bchunked\b/i.test(value),
  );
}

/** The body without its chunk sizes; `undefined` where it is no such body, as after plain curl. */
function joinChunks(body: Uint8Array): Uint8Array | undefined {
  const text = latin1(body);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    const end = text.indexOf('\n', at);
    if (end === -1) return undefined;
    const size = /^([0-9a-f]{1,8})(?:;[^\r\n]*)?\r?$/i.exec(text.slice(at, end))?.[1];
    if (size === undefined) return undefined;
    const length = Number.parseInt(size, 16);
    const begin = end + 1;
    if (length === 0) break;
    if (begin + length > body.length) return undefined;
    parts.push(body.subarray(begin, begin + length));
    at = begin + length;
    if (text[at] === '\r') at += 1;
    if (text[at] !== '\n') return undefined;
    at += 1;
  }
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
