/**
 * Recognises words and phrases in machine codes and in prose, whatever the spelling:
 * `RateLimitExceeded`, `rate_limit_exceeded`, `rate-limits exceeded` and `RATE LIMIT EXCEEDED` are
 * the same three words.
 */

/** A row of a table of phrases. Rows that come first win. */
export interface PhraseRow {
  /**
   * Alternatives, each some words in plain English; ` … ` stands for up to three further words.
   * Endings do not matter: `throttle` finds `Throttling` and `throttled`.
   */
  readonly phrases: readonly string[];
}

/** Finds the first row of a table that a list of words matches. */
export type PhraseFinder<Row> = (words: readonly string[]) => PhraseMatch<Row> | undefined;

/** A row that matched, and the phrase by which it did. */
export interface PhraseMatch<Row> {
  readonly row: Row;
  readonly phrase: string;
}

interface IndexedPhrase<Row> extends PhraseMatch<Row> {
  readonly rank: number;
  readonly words: readonly string[];
}

const GAP = '…';
const GAP_WORDS = 3;
/** Codes and messages say what they mean early; the rest of a long text is quotation. */
const MAX_WORDS = 160;
const MAX_TEXT_LENGTH = 1_500;
const MAX_WORD_LENGTH = 40;

/** The phrases of a row, written with `|` between them so that a whole table can be looked over. */
export const phrasesOf = (text: string): readonly string[] =>
  text.split('|').map((phrase) => phrase.trim());

/** Indexes a table by the first word of each phrase, so that a text is read once, not once a row. */
export function phraseFinder<Row extends PhraseRow>(table: readonly Row[]): PhraseFinder<Row> {
  const index = new Map<string, IndexedPhrase<Row>[]>();
  table.forEach((row, rank) => {
    for (const phrase of row.phrases) {
      const words = phrase.split(' ').map((word) => (word === GAP ? GAP : stem(word)));
      const first = words[0] ?? '';
      const entries = index.get(first) ?? [];
      entries.push({ row, phrase, rank, words });
      index.set(first, entries);
    }
  });
  return function findPhrase(words) {
    let best: IndexedPhrase<Row> | undefined;
    for (let at = 0; at < words.length; at += 1) {
      const entries = index.get(words[at] as string);
      if (entries === undefined) continue;
      for (const entry of entries) {
        if ((best === undefined || entry.rank < best.rank) && matches(entry.words, words, at)) {
          best = entry;
        }
      }
    }
    return best;
  };
}

function matches(phrase: readonly string[], words: readonly string[], start: number): boolean {
  let at = start + 1;
  for (let index = 1; index < phrase.length; index += 1) {
    if (phrase[index] === GAP) {
      index += 1;
      const found = words.indexOf(phrase[index] as string, at);
      if (found === -1 || found - at > GAP_WORDS) return false;
      at = found + 1;
    } else {
      if (words[at] !== phrase[index]) return false;
      at += 1;
    }
  }
  return true;
}

/** Splits a code or a sentence into the stems of its words. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  const end = Math.min(text.length, MAX_TEXT_LENGTH);
  let start = -1;
  let before = OTHER;
  for (let at = 0; at < end && words.length < MAX_WORDS; at += 1) {
    const kind = kindOf(text.charCodeAt(at));
    if (start !== -1 && kind !== OTHER) {
      if (kind === UPPER && before !== UPPER) {
        // fooBar, foo1Bar
        words.push(stemOf(text, start, at));
        start = at;
      } else if (kind === LOWER && before === UPPER && at - 1 > start) {
        // HTTPError: the last capital begins the next word. But IPs, URLs: a lone plural s does not.
        const next = at + 1 < end ? kindOf(text.charCodeAt(at + 1)) : OTHER;
        const pluralOfAcronym = text[at] === 's' && (next === OTHER || next === UPPER);
        if (!pluralOfAcronym) {
          words.push(stemOf(text, start, at - 1));
          start = at - 1;
        }
      }
    } else if (start === -1 && kind !== OTHER) {
      start = at;
    } else if (start !== -1 && !isInnerApostrophe(text, at)) {
      words.push(stemOf(text, start, at));
      start = -1;
    }
    before = kind;
  }
  if (start !== -1 && words.length < MAX_WORDS) words.push(stemOf(text, start, end));
  return words;
}

const OTHER = 0;
const LOWER = 1;
const UPPER = 2;
const DIGIT = 3;

function kindOf(code: number): number {
  if (code >= 97 && code <= 122) return LOWER;
  if (code >= 65 && code <= 90) return UPPER;
  if (code >= 48 && code <= 57) return DIGIT;
  // Letters of other alphabets hold words together; nothing here matches them.
  return code > 0x24f ? LOWER : OTHER;
}

/** `couldn't` is one word. */
function isInnerApostrophe(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code === 39 || code === 0x2019) && kindOf(text.charCodeAt(at + 1)) === LOWER;
}

// The vocabulary of errors is small, so most stems are known; bounded, as anybody may send words.
const MAX_KNOWN_STEMS = 2_048;
const knownStems = new Map<string, string>();

function stemOf(text: string, start: number, end: number): string {
  const word = text.slice(start, Math.min(end, start + MAX_WORD_LENGTH)).toLowerCase();
  let known = knownStems.get(word);
  if (known === undefined) {
    known = stem(word);
    if (knownStems.size < MAX_KNOWN_STEMS) knownStems.set(word, known);
  }
  return known;
}

/**
 * Takes the commonest endings off a word, so that exceed, exceeds, exceeded and exceeding are one.
 * It need not be linguistics: both sides of a comparison go through it.
 */
function stem(word: string): string {
  let base = word;
  if (base.length >= 6 && base.endsWith('ing')) base = base.slice(0, -3);
  else if (base.length >= 5 && base.endsWith('ed')) base = base.slice(0, -2);
  else if (base.length >= 4 && base.endsWith('s') && !base.endsWith('ss')) base = base.slice(0, -1);
  return base.length >= 4 && base.endsWith('e') ? base.slice(0, -1) : base;
}
