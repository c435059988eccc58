import { MAX_CODE_LENGTH, isCodeWord, isStatusNumber } from './json-values.ts';

/** For codes that stand in only where there is no other. */
const GENERIC = 1_000;
/** For a number, which says less than a word. */
const NUMBER = 5;

/** Codes that say no more than that there was an error, or whose fault it was. */
const SAYS_NOTHING =
  /^(?:errors?|err|fail(?:ed|ure)?|fault|exception|invalid|false|true|null|none|undefined|object|sender|receiver|client|server|user|service|httperror|errorlist|ok|success|completed?|0?)$/;

const NONE: readonly string[] = [];

/** A machine code that was found; the one with the lowest rank is the one that a caller wants. */
export interface FoundCode {
  readonly code: string;
  readonly rank: number;
  /** It stands where the API may repeat what the caller sent. */
  readonly isEcho: boolean;
}

/** Adds a value to the codes that were found, if it is one. */
export function addCode(found: FoundCode[], value: unknown, rank: number, isEcho: boolean): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value === 0) return;
    const more = isStatusNumber(value) ? GENERIC : NUMBER;
    found.push({ code: String(value), rank: rank + more, isEcho });
  }
  if (typeof value !== 'string' || value.length > MAX_CODE_LENGTH) return;
  // `com.amazonaws.dynamodb.v20120810#ThrottlingException` is named by its end.
  const code = value.slice(value.lastIndexOf('#') + 1).trim();
  if (SAYS_NOTHING.test(code.replace(/[_\-\s.]/g, '').toLowerCase())) return;
  // A sentence or a status under `code` is still a code, but anything else comes first.
  const isGeneric = /^[45]\d\d$/.test(code) || (/\s/.test(code) && !isCodeWord(code));
  found.push({ code, rank: rank + (isGeneric ? GENERIC : 0), isEcho });
}

/** The codes in the order of their ranks, each once. */
export function rankedCodes(found: FoundCode[]): readonly string[] {
  if (found.length === 0) return NONE;
  return [...new Set(found.sort((a, b) => a.rank - b.rank).map(({ code }) => code))];
}

/** Those of the codes that stand nowhere but in an echo. */
export function echoedOf(found: readonly FoundCode[]): readonly string[] {
  if (!found.some(({ isEcho }) => isEcho)) return NONE;
  const isOwn = (code: string) => found.some((one) => one.code === code && !one.isEcho);
  return found.map(({ code }) => code).filter((code) => !isOwn(code));
}
