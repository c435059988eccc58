/** More than anybody reads of one line. */
const MAX_LENGTH = 2_000;

/** A server's words go to a terminal: no line breaks, and no control characters. */
export const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').slice(0, MAX_LENGTH);
