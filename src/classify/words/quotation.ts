/** The words of a message stand in its beginning. */
const MAX_TEXT_LENGTH = 1_500;

/** An address, with a scheme or without; one of a mailbox; a path. */
const ADDRESS =
  /\b\w{1,20}:\/\/[^\s"'<>]*|(?<![\w.+-])(?:[\w.+-]{1,64}@[\w.-]{1,253}|(?:[\w-]{1,63}\.){1,6}[a-z]{2,24}\/[^\s"'<>]*)|(?<=^|[\s("'])\/[a-z][^\s"'<>]*/gi;

/** A quotation with a letter in it. `can't` and `servers'` are none. */
const QUOTATION =
  /"(?=[^"]{0,40}[a-z])[^"]{1,300}"|`(?=[^`]{0,40}[a-z])[^`]{1,300}`|“[^”]{1,300}”|«[^»]{1,300}»|(?<!\w)'(?=[^']{0,40}[a-z])[^']{1,300}'(?!\w)|\[(?=[^\]]{0,40}[a-z])[^[\]]{1,300}\]/gi;

/** A message without addresses: `/docs/rate-limits` says nothing of a rate limit. */
export function withoutAddresses(message: string): string {
  const start = message.slice(0, MAX_TEXT_LENGTH);
  return /[/@]/.test(start) ? start.replace(ADDRESS, ' ') : start;
}

/**
 * A message without what it quotes: the name of a thing, or what the caller sent. A text that is
 * nothing but a quotation stays.
 */
export function withoutQuotations(message: string): string {
  const rest = message.slice(0, MAX_TEXT_LENGTH).replace(QUOTATION, ' ');
  return /[a-z]/i.test(rest) ? rest : message;
}
