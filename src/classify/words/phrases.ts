/**
 * Recognises words and phrases in machine codes and in prose, whatever the spelling:
 * `RateLimitExceeded`, `rate_limit_exceeded`, `rate-limits exceeded` and `RATE LIMIT EXCEEDED` are
 * the same three words.
 */

/**
 * A row of a table: a meaning, and the phrases that have it, with commas between them.
 *
 * A phrase is some words in plain English. `*` stands for up to three further words, and
 * `lock timeout/wait` for two phrases. Endings do not matter: `throttle` finds `Throttling`.
 */
export type PhraseRow<Meaning> = readonly [meaning: Meaning, phrases: string];

/** The meaning that was found, and the phrase by which it was. */
export interface PhraseMatch<Meaning> {
  readonly meaning: Meaning;
  readonly phrase: string;
}

/** Finds the first row of a table that a list of words matches. */
export type PhraseFinder<Meaning> = (words: readonly string[]) => PhraseMatch<Meaning> | undefined;

interface IndexedPhrase<Meaning> extends PhraseMatch<Meaning> {
  readonly rank: number;
  readonly stems: readonly string[];
}

const GAP = '*';
const GAP_WORDS = 3;
/** Codes and messages say what they mean early; the rest of a long text is quotation. */
const MAX_WORDS = 160;
const MAX_TEXT_LENGTH = 1_500;
const MAX_WORD_LENGTH = 40;

/** The single phrases of a row. */
export function phrasesOf(row: string): readonly string[] {
  return row.split(', ').flatMap(withoutChoices);
}

/** `lock timeout/wait` as two phrases. */
function withoutChoices(phrase: string): readonly string[] {
  const [choice] = /\S+\/\S+/.exec(phrase) ?? [];
  return choice === undefined
    ? [phrase]
    : choice.split('/').flatMap((word) => withoutChoices(phrase.replace(choice, word)));
}

/** Makes the finder of a table, in which rows that come first win. */
export function phraseFinder<Meaning>(table: readonly PhraseRow<Meaning>[]): PhraseFinder<Meaning> {
  let index: ReadonlyMap<string, readonly IndexedPhrase<Meaning>[]> | undefined;
  return function findPhrase(words) {
    index ??= indexOf(table);
    let best: IndexedPhrase<Meaning> | undefined;
    for (let at = 0; at < words.length; at += 1) {
      const entries = index.get(words[at] as string);
      if (entries === undefined) continue;
      for (const entry of entries) {
        if ((best === undefined || entry.rank < best.rank) && matches(entry.stems, words, at)) {
          best = entry;
        }
      }
    }
    return best;
  };
}

/** A table by the first word of each phrase, so that a text is read once, not once a row. */
function indexOf<Meaning>(
  table: readonly PhraseRow<Meaning>[],
): ReadonlyMap<string, readonly IndexedPhrase<Meaning>[]> {
  const index = new Map<string, IndexedPhrase<Meaning>[]>();
  table.forEach(([meaning, phrases], rank) => {
    for (const phrase of phrasesOf(phrases)) {
      const stems = phrase.split(' ').map(stem);
      const [first = ''] = stems;
      const entries = index.get(first) ?? [];
      entries.push({ meaning, phrase, rank, stems });
      index.set(first, entries);
    }
  });
  return index;
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

/**
 * A word: an acronym, perhaps with a plural `s` (`IPs`), or letters and digits of which only the
 * first is a capital; `couldn't` is one. Letters of other alphabets are no part of any word here.
 */
const WORD =
  /[A-Z]+s(?![a-z\d])|[A-Z]+(?![a-z])(?:\d[a-z\d]*)?|[A-Z]?[a-z\d]+(?:['’][a-z][a-z\d]*)*/g;

/** Splits a code or a sentence into the stems of its words. */
export function wordsOf(text: string): readonly string[] {
  const words = text.slice(0, MAX_TEXT_LENGTH).match(WORD) ?? [];
  return words.slice(0, MAX_WORDS).map((word) => stem(word.slice(0, MAX_WORD_LENGTH)));
}

/**
 * Takes the commonest endings off a word, so that exceed, exceeds, exceeded and exceeding are one.
 * It need not be linguistics: both sides of a comparison go through it.
 */
function stem(word: string): string {
  let base = word.toLowerCase();
  if (base.length >= 6 && base.endsWith('ing')) base = base.slice(0, -3);
  else if (base.length >= 5 && base.endsWith('ed')) base = base.slice(0, -2);
  else if (base.length >= 4 && base.endsWith('s') && !base.endsWith('ss')) base = base.slice(0, -1);
  return base.length >= 4 && base.endsWith('e') ? base.slice(0, -1) : base;
}
