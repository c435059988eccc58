import type { BodyEvidence } from './body-evidence.ts';
import { MAX_CODE_LENGTH, isCodeWord, isStatusNumber } from './json-values.ts';

/** For codes that stand in only where there is no other. */
const GENERIC = 1_000;
/** For a number, which says less than a word. */
const NUMBER = 5;

/** Codes that say no more than that there was an error, or whose fault it was. */
const SAYS_NOTHING =
  /^(?:errors?|err|fail(?:ed|ure)?|fault|exception|invalid|false|true|null|none|undefined|object|sender|receiver|client|server|user|service|httperror|errorlist|ok|success|completed?|0?)$/;

/** The machine codes of a body: the lowest rank is the one that a caller wants. */
export interface RankedCodes {
  /** Takes a value for a code if it is one. */
  add(value: unknown, rank: number, isEcho: boolean): void;
  size(): number;
  ranked(): Pick<BodyEvidence, 'codes' | 'echoedCodes'>;
}

/** Makes an empty list of codes. */
export function rankedCodes(): RankedCodes {
  const found: { readonly code: string; readonly rank: number; readonly isEcho: boolean }[] = [];
  return {
    add(value, rank, isEcho) {
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
    },
    size: () => found.length,
    ranked() {
      const codes = [...new Set(found.sort((a, b) => a.rank - b.rank).map(({ code }) => code))];
      const own = new Set(found.filter(({ isEcho }) => !isEcho).map(({ code }) => code));
      return { codes, echoedCodes: codes.filter((code) => !own.has(code)) };
    },
  };
}
