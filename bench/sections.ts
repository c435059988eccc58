import type { CallCase } from './call-cases.ts';
import { IMPORT_CASES } from './cold-import.ts';
import { REPORT_CASES, RESPONSE_CASES, RETRY_CASES } from './failure-cases.ts';
import { FETCH_CASES } from './fetch-cases.ts';
import { KEY_CASES } from './key-cases.ts';
import { REFUSAL_CASES } from './refusal-cases.ts';
import type { RequestCase } from './request-cases.ts';
import { SUCCESS_CASES } from './success-cases.ts';
import { UNDICI_CASES } from './undici-cases.ts';

interface CallSection {
  readonly title: string;
  readonly cases: readonly CallCase[];
  readonly columns: 'all' | 'processor';
  /** Rounds of a full run. */
  readonly rounds: number;
}

/** Rounds of calls in a rough run. */
export const QUICK_ROUNDS = 3;

/** Calls in process: each case in a fresh process, and the cases take turns in every round. */
export const CALL_SECTIONS: Readonly<Record<string, CallSection>> = {
  success: {
    title: 'A call that succeeds at once',
    cases: SUCCESS_CASES,
    columns: 'all',
    rounds: 5,
  },
  refusals: {
    title: 'A call that is refused',
    cases: REFUSAL_CASES,
    columns: 'all',
    rounds: 3,
  },
  retries: {
    title: 'A failed attempt, then one that succeeds, no backoff',
    cases: RETRY_CASES,
    columns: 'processor',
    rounds: 5,
  },
  responses: {
    title: 'A 503 with a body, then a 200, no backoff',
    cases: RESPONSE_CASES,
    columns: 'processor',
    rounds: 5,
  },
  reports: {
    title: 'A breaker that counts failures',
    cases: REPORT_CASES,
    columns: 'all',
    rounds: 5,
  },
};

interface RequestSection {
  readonly title: string;
  readonly cases: readonly RequestCase[];
  /** How many times the usual requests a turn has, so that all turns take about as long. */
  readonly turnLength: number;
}

/** Requests to a server on the loopback: each client in a process of its own. */
export const REQUEST_SECTIONS: Readonly<Record<string, RequestSection>> = {
  fetch: { title: 'Around fetch', cases: FETCH_CASES, turnLength: 1 },
  undici: { title: 'Around an undici request', cases: UNDICI_CASES, turnLength: 4 },
};

/** The names that `--only` takes. */
export const SECTIONS: readonly string[] = [
  ...Object.keys(CALL_SECTIONS),
  ...Object.keys(REQUEST_SECTIONS),
  'import',
  'keys',
];

/** The names of a section's cases. */
export function namesOf(section: string): readonly string[] {
  const cases: readonly { readonly name: string }[] =
    CALL_SECTIONS[section]?.cases ??
    REQUEST_SECTIONS[section]?.cases ??
    (section === 'import' ? IMPORT_CASES : KEY_CASES);
  return cases.map(({ name }) => name);
}
