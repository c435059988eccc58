import { NO_EVIDENCE, type BodyEvidence } from './body-evidence.ts';
import { slotOf } from './json-keys.ts';

/** As many tags as are looked at; the code of an error stands among the first. */
const MAX_TAGS = 400;

/**
 * An opening tag: its name, with its prefix, and its attributes. Closing tags, comments and
 * declarations do not match. A name is taken as a whole or not at all, so that nothing is tried twice.
 */
const TAG = /<(?=([\w.:-]{1,129}))\1(\s[^<>]{0,2000})?>/g;
/** The text after a tag: a CDATA section, or up to the next tag. */
const MAX_TEXT = 8_192;
const CDATA = '<![CDATA[';
const MAX_CDATA = 2_000;
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
  for (const match of xml.matchAll(TAG)) {
    if ((tags += 1) > MAX_TAGS) break;
    const [tag, prefixed = '', attributes = ''] = match;
    const name = localName(prefixed);
    root ??= name;
    for (const [, key = '', double, single = ''] of attributes.matchAll(ATTRIBUTE)) {
      const value = double ?? single;
      take(key, decode(value));
      // `<rsp stat="fail">`, whatever the HTTP status
      failed ||= tags <= HEAD_TAGS && /^(?:fail|failed|error)$/i.test(value);
    }
    if (slotOf(name) !== undefined) take(name, textAfter(xml, match.index + tag.length));
  }
  return {
    ...NO_EVIDENCE,
    codes: code === undefined ? [] : [code.slice(code.lastIndexOf(':') + 1)],
    message: message ?? title,
    isError: code !== undefined && (failed || /^err|error|fault/i.test(root ?? '')),
  };
}

const localName = (name: string): string => name.slice(name.lastIndexOf(':') + 1);

function textAfter(xml: string, start: number): string {
  const ahead = xml.slice(start, start + MAX_TEXT);
  const text = ahead.trimStart();
  if (text.startsWith(CDATA)) {
    const end = text.slice(0, CDATA.length + MAX_CDATA).indexOf(']]>');
    return end === -1 ? '' : text.slice(CDATA.length, end);
  }
  const end = ahead.indexOf('<');
  return decode(end === -1 ? ahead : ahead.slice(0, end));
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
