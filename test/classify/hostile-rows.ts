import { readFileSync } from 'node:fs';
import type { Catalog } from '../../src/classify/catalog/catalog.ts';
import { classify } from '../../src/classify/classify.ts';
import type { Classification } from '../../src/core/classification.ts';

/** An effect that a classification may have, and that a hostile row forbids. */
export type Harm = keyof typeof HARMS;

/** A realistic 4xx whose words invite a wrong reading: see test/data/README.md. */
export interface HostileRow {
  readonly id: string;
  readonly provider: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly mustNot: readonly Harm[];
  readonly reason: string;
}

/** What came out of a row, and which of the forbidden effects it has. */
export interface HostileResult {
  readonly row: HostileRow;
  readonly classification: Classification;
  readonly harms: readonly Harm[];
}

/** Each effect, told from the classification that would have it. */
const HARMS = {
  /** An idempotent request is repeated. */
  retry: ({ category }: Classification) => category !== 'fatal',
  /** A POST is repeated. */
  'repeat-post': ({ category, unprocessed, decidedBy }: Classification) =>
    category !== 'fatal' && (unprocessed || decidedBy === 'hint'),
  /** Other callers slow down, or wait. */
  'pause-others': ({ category, decidedBy, retryAfterMs, retryAfterFrom }: Classification) =>
    category !== 'fatal' &&
    decidedBy !== 'prose' &&
    (category === 'throttle' || (retryAfterMs !== undefined && retryAfterFrom !== 'prose')),
  /** The call ends although waiting would help. */
  stop: ({ category }: Classification) => category === 'fatal',
} as const;

/** Reads the hostile rows: of test/data, unless the caller stands elsewhere. */
export function readHostileRows(
  folder: URL = new URL('../data/', import.meta.url),
): readonly HostileRow[] {
  return readFileSync(new URL('hostile-4xx.jsonl', folder), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as HostileRow);
}

/** Classifies a row and looks for the effects that it forbids. */
export function judgeHostileRow(
  row: HostileRow,
  catalog?: Catalog | readonly Catalog[],
): HostileResult {
  const { status, headers, body } = row;
  const now = Date.UTC(2026, 0, 15, 12);
  const classification = classify({ status, headers, body }, { now, catalog });
  return { row, classification, harms: row.mustNot.filter((harm) => HARMS[harm](classification)) };
}
