import { slotOf } from './json-keys.ts';
import type { BodyEvidence } from './body-evidence.ts';

/** As many tags as are looked at; the code of an error stands among the first. */
const MAX_TAGS = 400;
const MAX_TEXT_LENGTH = 8_192;

/**
 * Reads an error off XML in one pass: `<Error><Code>…</Code><Message>…</Message></Error>` and its
 * relatives, under any root, with any prefix; or as attributes (`<err code="1" msg="…"/>`).
 * No entity but the five of XML and numbers is expanded, and nothing is fetched.
 */
export function readXmlError(text: string): BodyEvidence {
  let code: string | undefined;
  let message: string | undefined;
  let title: string | undefined;
  let root: string | undefined;
  let failed = false;
  const take = (key: string, value: string) => {
    const content = value.trim();
    if (content === '') return;
    const slot = slotOf(key);
    if (slot === 'code' || slot === 'specificCode') code ??= content;
    else if (slot === 'message') message ??= content;
    else if (slot === 'description' || slot === 'detail' || slot === 'error' || slot === 'reason') {
      title ??= content;
    }
  };

  let at = text.indexOf('<');
  for (let tags = 0; at !== -1 && tags < MAX_TAGS; tags += 1) {
    const end = closeOf(text, at);
    if (end === -1) break;
    const first = text[at + 1];
    if (first !== '/' && first !== '!' && first !== '?') {
      const { name, attributes } = readTag(text.slice(at + 1, end));
      root ??= name;
      for (const [key, value] of attributes) {
        take(key, decode(value));
        // `<rsp stat="fail">`, whatever the HTTP status
        if (tags < 3 && /^(?:fail|failed|error)$/i.test(value)) failed = true;
      }
      const content = contentAfter(text, end + 1);
      if (content !== '') take(name, content);
    }
    at = text.indexOf('<', first === '!' && text.startsWith('<![CDATA[', at) ? end + 1 : end);
  }
  const rootSlot = root === undefined ? undefined : slotOf(root);
  return {
    codes: code === undefined ? [] : [afterPrefix(code)],
    message: message ?? title,
    remarks: [],
    retryable: undefined,
    waits: [],
    status: undefined,
    isError:
      code !== undefined &&
      (failed || rootSlot === 'error' || rootSlot === 'errors' || /error|fault/i.test(root ?? '')),
  };
}

/** Where the tag that begins at `at` ends; a CDATA section counts as one. */
function closeOf(text: string, at: number): number {
  if (text.startsWith('<![CDATA[', at)) {
    const end = text.indexOf(']]>', at);
    return end === -1 ? -1 : end + 2;
  }
  return text.indexOf('>', at);
}

/** The text between a tag and the next one. */
function contentAfter(text: string, start: number): string {
  const cdata = '<![CDATA[';
  if (text.startsWith(cdata, start)) {
    const end = text.indexOf(']]>', start);
    return text.slice(start + cdata.length, end === -1 ? undefined : end).slice(0, MAX_TEXT_LENGTH);
  }
  const end = text.indexOf('<', start);
  return decode(text.slice(start, end === -1 ? undefined : end).slice(0, MAX_TEXT_LENGTH));
}

/** `s3:Error code="1" msg='no'/`: the local name and the attributes. */
function readTag(tag: string): { name: string; attributes: [string, string][] } {
  const space = tag.search(/[\s/]/);
  const name = afterPrefix(space === -1 ? tag : tag.slice(0, space));
  const attributes: [string, string][] = [];
  if (space !== -1 && tag.length < 2_048) {
    for (const match of tag.matchAll(/([\w:.-]{1,64})=(?:"([^"]*)"|'([^']*)')/g)) {
      attributes.push([afterPrefix(match[1] ?? ''), match[2] ?? match[3] ?? '']);
    }
  }
  return { name, attributes };
}

function afterPrefix(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,4});/gi, (whole, entity: string) => {
    if (entity[0] !== '#') return ENTITIES[entity.toLowerCase()] ?? whole;
    const hex = entity[1] === 'x' || entity[1] === 'X';
    const point = Number.parseInt(entity.slice(hex ? 2 : 1), hex ? 16 : 10);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
