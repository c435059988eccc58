import { readJsonError } from './json-error.ts';
import { NO_EVIDENCE, type BodyEvidence } from './body-evidence.ts';
import { READ_COPY_DEFAULTS } from './body-copy.ts';
import { readXmlError } from './xml-error.ts';

/** A longer text is a page, not a message. */
const MAX_TEXT_MESSAGE_LENGTH = 2_000;
/** JSON in a JSON string in a JSON string: gateways do that once or twice. */
const MAX_JSON_LAYERS = 3;
/** As many events as are looked at; a stream of results may have thousands. */
const MAX_EVENTS = 64;

/**
 * Reads an error off a body in any form: bytes, text or parsed JSON; JSON, XML, HTML,
 * form-encoded, server-sent events or plain text. The body shows better what it is than its
 * content type, which says `text/html` of JSON and `json` of HTML often enough.
 */
export function readErrorBody(body: unknown): BodyEvidence {
  if (body === undefined || body === null || body === '') return NO_EVIDENCE;
  if (typeof body === 'string') return readText(body);
  try {
    return readObject(body);
  } catch {
    // A proxy that does not even say what it is.
    return NO_EVIDENCE;
  }
}

function readObject(body: unknown): BodyEvidence {
  if (body instanceof ArrayBuffer) return readText(decodeBytes(new Uint8Array(body)));
  // Not `instanceof`: bytes of another realm (Jest's, a vm's) are no instances of this one's classes.
  if (ArrayBuffer.isView(body)) {
    return readText(decodeBytes(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)));
  }
  return typeof body === 'object' ? readJsonError(body) : NO_EVIDENCE;
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
  if (message === '') return NO_EVIDENCE;
  return message.length <= MAX_TEXT_MESSAGE_LENGTH
    ? { ...NO_EVIDENCE, message }
    : { ...NO_EVIDENCE, remarks: [message.slice(0, MAX_TEXT_MESSAGE_LENGTH)] };
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
  return value.trim() === '' ? NO_EVIDENCE : { ...NO_EVIDENCE, message: value };
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
  const namedAt = text.search(/^event:.*(?:error|exception)/im);
  let first: BodyEvidence | undefined;
  let rest = MAX_EVENTS;
  for (const [, data = ''] of text.slice(Math.max(namedAt, 0)).matchAll(/^data:\s?(.+)$/gm)) {
    if ((rest -= 1) < 0) break;
    const isJson = data[0] === '{' || data[0] === '[';
    if (!isJson && namedAt === -1) continue;
    const evidence = isJson ? readJsonText(data) : { ...NO_EVIDENCE, message: data };
    if (namedAt !== -1 || evidence.isError) return { ...evidence, isError: true };
    first ??= evidence;
  }
  return first;
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
  const [, title] =
    /<(?:title|h1)\b[^>]{0,200}>\s{0,200}([^<]{1,300})/i.exec(text.slice(0, 16_384)) ?? [];
  return title === undefined ? NO_EVIDENCE : { ...NO_EVIDENCE, remarks: [title.trim()] };
}
