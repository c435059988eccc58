import { NO_EVIDENCE, type BodyEvidence } from './body-evidence.ts';
import { slotOf } from './json-keys.ts';

/** As many tags as are looked at; the code of an error stands among the first. */
const MAX_TAGS = 400;

/**
 * A tag with its local name and attributes, and the text after it: up to the next tag, or in a
 * CDATA section. Closing tags, comments and declarations do not match.
 */
const TAG =
  /<(?:[\w.-]{1,64}:)?([\w.-]{1,64})((?:\s[^<>]{0,2000})?)>\s{0,64}(?:<!\[CDATA\[([^]{0,2000}?)\]\]>|([^<]{0,8192}))/g;
const ATTRIBUTE = /\s(?:[\w.-]{1,64}:)?([\w.-]{1,64})=(?:"([^"]*)"|'([^']*)')/g;
/** As many tags as may say that the whole failed. */
const HEAD_TAGS = 3;

/**
 * Reads an error off XML in one pass: `<Error><Code>…</Code><Message>…</Message></Error>` and its
 * relatives, under any root, with any prefix; or as attributes (`<err code="1" msg="…"/>`).
 * No entity but the five of XML and numbers is expanded, and nothing is fetched.
 */
export function readXmlError(xml: string): BodyEvidence {
  let code: string | undefined;
  let message: string | undefined;
  let title: string | undefined;
  let root: string | undefined;
  let failed = false;
  const take = (key: string, text: string) => {
    const slot = slotOf(key);
    const content = text.trim();
    if (slot === undefined || content === '') return;
    if (slot === 'code' || slot === 'specificCode') code ??= content;
    else if (slot === 'message') message ??= content;
    else if (/^(?:desc|detail$|error$|reason)/.test(slot)) title ??= content;
  };

  let tags = 0;
  for (const [, name = '', attributes = '', data, text = ''] of xml.matchAll(TAG)) {
    if ((tags += 1) > MAX_TAGS) break;
    root ??= name;
    for (const [, key = '', double, single = ''] of attributes.matchAll(ATTRIBUTE)) {
      const value = double ?? single;
      take(key, decode(value));
      // `<rsp stat="fail">`, whatever the HTTP status
      failed ||= tags <= HEAD_TAGS && /^(?:fail|failed|error)$/i.test(value);
    }
    take(name, data ?? decode(text));
  }
  return {
    ...NO_EVIDENCE,
    codes: code === undefined ? [] : [code.slice(code.lastIndexOf(':') + 1)],
    message: message ?? title,
    isError: code !== undefined && (failed || /^err|error|fault/i.test(root ?? '')),
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

const decode = (text: string): string =>
  text.replace(/&(?:#(x?)([0-9a-f]{1,7})|(lt|gt|amp|quot|apos));/gi, (whole, hex, digits, name) => {
    if (name) return ENTITIES[(name as string).toLowerCase()] ?? whole;
    const point = Number.parseInt(digits as string, hex ? 16 : 10);
    return point <= 0x10ffff ? String.fromCodePoint(point) : (whole as string);
  });
