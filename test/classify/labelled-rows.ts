import { readFileSync } from 'node:fs';
import { cleanText } from '../../src/classify/clean-text.ts';
import { classify } from '../../src/classify/classify.ts';
import type { Catalog } from '../../src/classify/catalog/catalog.ts';
import type { Category, Classification } from '../../src/core/classification.ts';

/** A documented error response, and what a caller wants read off it: see test/data/README.md. */
export interface LabelledRow {
  readonly id: string;
  readonly provider: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly now?: number;
  readonly expected: Category;
  readonly acceptable?: readonly Category[];
  readonly retryAfterMs: number | null;
  readonly code: string | null;
  readonly altCodes?: readonly string[];
  readonly message: string | null;
  readonly source: string;
}

/** What came out of a row, and which parts of it are as labelled. */
export interface RowResult {
  readonly row: LabelledRow;
  readonly classification: Classification;
  readonly category: boolean;
  readonly code: boolean;
  readonly message: boolean;
  readonly wait: boolean;
  /** A wait where the response states none. */
  readonly invented: boolean;
}

/** Reads a file of rows: of test/data, unless the caller stands elsewhere. */
export function readRows(
  name: string,
  folder: URL = new URL('../data/', import.meta.url),
): readonly LabelledRow[] {
  return readFileSync(new URL(name, folder), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as LabelledRow);
}

/** Classifies a row and compares. */
export function judgeRow(row: LabelledRow, catalog?: Catalog | readonly Catalog[]): RowResult {
  const classification = classify(
    { status: row.status, headers: row.headers, body: row.body },
    { now: row.now ?? Date.UTC(2026, 0, 15, 12), catalog },
  );
  const { category, errorCode = null, message = null, retryAfterMs = null } = classification;
  const codes = [row.code, ...(row.altCodes ?? [])];
  return {
    row,
    classification,
    category: category === row.expected || (row.acceptable?.includes(category) ?? false),
    code: codes.includes(errorCode),
    // As it may be shown: without keys and line breaks.
    message: (message?.trim() ?? null) === (cleanText(row.message?.trim()) ?? null),
    // Both clocks count whole milliseconds; a date's seconds are exact.
    wait:
      retryAfterMs === row.retryAfterMs ||
      (retryAfterMs !== null &&
        row.retryAfterMs !== null &&
        Math.abs(retryAfterMs - Math.min(row.retryAfterMs, 2 ** 31 - 1)) <= 1),
    invented: row.retryAfterMs === null && retryAfterMs !== null,
  };
}

/** The share of results for which `part` holds, between 0 and 1. */
export function shareOf(
  results: readonly RowResult[],
  part: 'category' | 'code' | 'message' | 'wait' | 'invented',
): number {
  return results.filter((result) => result[part]).length / results.length;
}
