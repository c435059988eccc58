import { readJsonError } from './json-error.ts';
import type { BodyEvidence } from './body-evidence.ts';
import { READ_COPY_DEFAULTS } from './body-copy.ts';
import { readXmlError } from './xml-error.ts';

/** The evidence of a body that says nothing. */
const NOTHING: BodyEvidence = Object.freeze({
  codes: [],
  message: undefined,
  remarks: [],
  retryable: undefined,
  waits: [],
  status: undefined,
  isError: false,
});

/** A longer text is a page, not a message. */
const MAX_TEXT_MESSAGE_LENGTH = 2_000;
/** JSON in a JSON string in a JSON string: gateways do that once or twice. */
const MAX_JSON_LAYERS = 3;

/**
 * Reads an error off a body in any form: bytes, text or parsed JSON; JSON, XML, HTML,
 * form-encoded, server-sent events or plain text. What it is, the body shows better than its
 * content type, which says `text/html` of JSON and `json` of HTML often enough.
 */
export function readErrorBody(body: unknown): BodyEvidence {
  if (body === undefined || body === null || body === '') return NOTHING;
  if (typeof body === 'string') return readText(body);
  try {
    return readObject(body);
  } catch {
    // A proxy that does not even say what it is.
    return NOTHING;
  }
}

function readObject(body: unknown): BodyEvidence {
  if (body instanceof Uint8Array) return readText(decodeBytes(body));
  if (body instanceof ArrayBuffer) return readText(decodeBytes(new Uint8Array(body)));
  // Bytes of another realm (Jest's, a vm's) are not instances of this one's classes.
  if (ArrayBuffer.isView(body)) {
    return readText(decodeBytes(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)));
  }
  return typeof body === 'object' ? readJsonError(body) : NOTHING;
}

function decodeBytes(bytes: Uint8Array): string {
  const start = bytes.subarray(0, READ_COPY_DEFAULTS.maxBytes);
  const encoding =
    start[0] === 0xff && start[1] === 0xfe
      ? 'utf-16le'
      : start[0] === 0xfe && start[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  return new TextDecoder(encoding).decode(start);
}

function readText(whole: string): BodyEvidence {
  // JSON allows no BOM, and servers that write one mean nothing by it.
  const text = whole
    .slice(0, READ_COPY_DEFAULTS.maxBytes)
    .replace(/^\uFEFF/, '')
    .trimStart();
  const first = text[0];
  if (first === '{' || first === '[' || first === '"') return readJsonText(text);
  if (first === '<') return isHtml(text) ? readHtml(text) : readXmlError(text);
  if (/^(?:event|data|id|retry|:)/.test(text)) {
    const event = readEventStream(text);
    if (event !== undefined) return event;
  }
  if (/^[\w.-]{1,64}=/.test(text)) {
    const form = readForm(text);
    if (form !== undefined) return form;
  }
  const message = text.trimEnd();
  if (message === '') return NOTHING;
  return message.length <= MAX_TEXT_MESSAGE_LENGTH
    ? { ...NOTHING, message }
    : { ...NOTHING, remarks: [message.slice(0, MAX_TEXT_MESSAGE_LENGTH)] };
}

function readJsonText(text: string): BodyEvidence {
  let value: unknown = text;
  for (let layer = 0; layer < MAX_JSON_LAYERS && typeof value === 'string'; layer += 1) {
    if (!/^\s*[{["]/.test(value)) break;
    try {
      value = JSON.parse(value) as unknown;
    } catch {
      // Cut off at the limit, or one JSON text after another: what stands there in full still counts.
      return layer === 0 ? readBrokenJson(text) : readJsonError({ message: value });
    }
  }
  if (typeof value !== 'string') return readJsonError(value);
  return value.trim() === '' ? NOTHING : { ...NOTHING, message: value };
}

/** Takes the pairs of a key and a string off JSON that does not parse. */
function readBrokenJson(text: string): BodyEvidence {
  const found: Record<string, string> = {};
  const errorAt = text.indexOf('"error"');
  let inError = errorAt === -1;
  for (const match of text.matchAll(/"(\w{1,32})"\s{0,8}:\s{0,8}"((?:[^"\\]|\\.){0,2000})"/g)) {
    const [, key = '', raw = ''] = match;
    // Inside `error`, not the `type` around it.
    if (!inError && match.index > errorAt) {
      inError = true;
      delete found.type;
    }
    found[key] ??= unescaped(raw);
  }
  return readJsonError(found);
}

function unescaped(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}

/** The error among server-sent events: the event of that name, or the first with an error in it. */
function readEventStream(text: string): BodyEvidence | undefined {
  let named = false;
  let best: BodyEvidence | undefined;
  let rest = 64;
  for (const line of text.split(/\r\n|[\r\n]/, 512)) {
    if (line.startsWith('event:')) named = /error|exception/i.test(line.slice(6));
    if (!line.startsWith('data:')) continue;
    const data = line.slice(5).trim();
    if (data === '' || data === '[DONE]') continue;
    if ((rest -= 1) < 0) break;
    const evidence = data[0] === '{' || data[0] === '[' ? readJsonText(data) : undefined;
    if (evidence === undefined && named) return { ...NOTHING, message: data, isError: true };
    if (evidence === undefined) continue;
    if (named || evidence.isError) return { ...evidence, isError: true };
    best ??= evidence;
  }
  return best;
}

/** `error=invalid_grant&error_description=…`, as OAuth servers answer. */
function readForm(text: string): BodyEvidence | undefined {
  if (/[\s<>{}]/.test(text.trimEnd().slice(0, 4_096))) return undefined;
  const fields: Record<string, string> = {};
  let count = 0;
  for (const [key, value] of new URLSearchParams(text.slice(0, 4_096))) {
    if ((count += 1) > 32) break;
    fields[key] ??= value;
  }
  const evidence = readJsonError(fields);
  return evidence.codes.length > 0 || evidence.message !== undefined ? evidence : undefined;
}

function isHtml(text: string): boolean {
  return /^<(?:!doctype html|html|head|body|center|h1|title|script|meta|p\b|div\b)/i.test(text);
}

/** A page is for people: its title may decide, but it is neither code nor message. */
function readHtml(text: string): BodyEvidence {
  const title = between(text, '<title', '</title') ?? between(text, '<h1', '</h1');
  return title === undefined ? NOTHING : { ...NOTHING, remarks: [title.slice(0, 300)] };
}

function between(text: string, open: string, close: string): string | undefined {
  // Only the beginning is put into lower case: the title of a page stands there.
  const lower = text.slice(0, 16_384).toLowerCase();
  const start = lower.indexOf('>', Math.max(lower.indexOf(open), 0));
  if (!lower.includes(open) || start === -1) return undefined;
  const end = lower.indexOf(close, start);
  return end === -1 ? undefined : text.slice(start + 1, end).trim();
}
