import type { Classification, DecidedBy } from '../core/classification.ts';
import type { BodyEvidence } from './body/body-evidence.ts';
import { ruleForCode, ruleForStatus } from './catalog/catalog.ts';
import type { Catalog, CatalogMatch, FailureCategory } from './catalog/catalog.ts';
import type { HeaderMap } from './headers/response-headers.ts';
import { codesOf, headerHint, headerMessage } from './headers/server-hints.ts';
import { read } from './untrusted.ts';
import { bodyWait, bucketIsEmpty, exhaustedBucketWait, explicitWait } from './wait/wait-hint.ts';
import { CATCH_ALL_CODES, findCodeMeaning } from './words/code-words.ts';
import { categoryOfCode, categoryOfMessage } from './words/meanings.ts';
import type { Meaning, MeaningContext } from './words/meanings.ts';
import { findMessageMeaning } from './words/message-phrases.ts';
import { wordsOf } from './words/phrases.ts';
import type { PhraseMatch } from './words/phrases.ts';
import {
  ABOUT_THE_REQUEST,
  categoryOfStatus,
  isUnprocessed,
  restatesStatus,
} from './words/statuses.ts';

/** The tables of providers that a classification may lean on. */
export type Catalogs = Catalog | readonly Catalog[] | undefined;

/** A category and its reason, before waits are added. */
interface Decision {
  readonly category: FailureCategory;
  readonly decidedBy: DecidedBy;
  readonly rule: string;
  /** The words say that nothing was done, which the status may not show. */
  readonly unprocessed?: boolean;
  /** Read off a code that some APIs use for requests that are too large as well. */
  readonly overruledBySize?: boolean;
}

/** Everything that one failure says. The parts that cost time are read once, when asked for. */
interface FailureReading extends MeaningContext {
  readonly headers: HeaderMap;
  readonly body: BodyEvidence;
  readonly catalog: Catalogs;
  readonly codes: readonly string[];
  readonly message: string | undefined;
  /** The meaning of the message, else of the other texts of the body. */
  readonly prose: () => PhraseMatch<Meaning> | undefined;
  /** The wait that a header states outright. */
  readonly explicitWait: () => number | 'unusable' | undefined;
  /** The wait of the headers, an exhausted bucket among them, or of the body. */
  readonly wait: () => number | undefined;
  /** The wait that the body states under a key of its own, or in a sentence. */
  readonly bodyWait: () => number | undefined;
}

/** Classifies a failure by its status, headers and body; see `docs/classification.md`. */
export function classifyReading(
  httpStatus: number,
  headers: HeaderMap,
  body: BodyEvidence,
  options: object,
): Classification {
  const reading = readingOf(httpStatus, headers, body, options);
  const { category, decidedBy, rule, unprocessed } = decide(reading);
  return {
    category,
    errorCode: reading.codes[0],
    message: reading.message,
    status: Number.isNaN(httpStatus) ? undefined : httpStatus,
    retryAfterMs: waitFor(category, reading),
    unprocessed: category === 'throttle' || unprocessed === true || isUnprocessed(reading.status),
    decidedBy,
    rule,
  };
}

function readingOf(
  httpStatus: number,
  headers: HeaderMap,
  body: BodyEvidence,
  options: object,
): FailureReading {
  const given = read(options, 'now');
  const now = typeof given === 'number' && Number.isFinite(given) ? given : Date.now();
  const codes = codesOf(headers, body.codes);
  const message = body.message ?? headerMessage(headers);
  const ofHeader = once(() => explicitWait(headers, now));
  const ofBody = once(() => bodyWait(body.waits, body.message, now, codes.includes('slow_down')));
  const wait = once(() => {
    const explicit = ofHeader();
    if (typeof explicit === 'number') return explicit;
    return (explicit === undefined ? exhaustedBucketWait(headers, now) : undefined) ?? ofBody();
  });
  const prose = once(() => proseOf(message, body.remarks));
  return {
    // The body's own, where the response says 200 to everything.
    status: httpStatus >= 400 ? httpStatus : (body.status ?? httpStatus),
    headers,
    body,
    catalog: read(options, 'catalog') as Catalogs,
    codes,
    message,
    prose,
    explicitWait: ofHeader,
    wait,
    bodyWait: ofBody,
    hasWait: () => wait() !== undefined,
    messageMeaning: () => prose()?.meaning,
  };
}

/** Works something out when it is first asked for. */
function once<Value>(work: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: work() }).value;
}

function proseOf(
  message: string | undefined,
  remarks: readonly string[],
): PhraseMatch<Meaning> | undefined {
  let prose = findMessageMeaning(wordsOf(message ?? ''));
  for (const remark of remarks) {
    // The id of a violated quota tells a day's from a minute's where the message does not.
    if (prose !== undefined && prose.meaning !== 'exhausted') break;
    const found = findMessageMeaning(wordsOf(remark));
    const isPeriod = found?.meaning === 'quota' || found?.meaning === 'throttle';
    if (prose === undefined || isPeriod) prose = found;
  }
  return prose;
}

function decide(reading: FailureReading): Decision {
  const hint = headerHint(reading.headers) ?? bodyHint(reading.body);
  if (hint?.retry === false) return { category: 'fatal', decidedBy: 'hint', rule: hint.rule };
  const decision = decideUnhinted(reading);
  if (hint === undefined) return decision;
  const category = decision.category === 'fatal' ? 'retryable' : decision.category;
  return { ...decision, category, decidedBy: 'hint', rule: hint.rule };
}

function bodyHint({ retryable }: BodyEvidence) {
  return retryable === undefined
    ? undefined
    : { retry: retryable, rule: `the body says ${retryable ? '' : 'not '}to retry` };
}

function decideUnhinted(reading: FailureReading): Decision {
  const decision =
    byCatalog(reading) ??
    byCode(reading) ??
    byHeader(reading) ??
    byCatalogStatus(reading) ??
    byMessage(reading) ??
    byStatus(reading);
  if (decision.category !== 'throttle' || decision.overruledBySize === false) return decision;
  // Some APIs give the code of their rate limit to a single request that is larger than the
  // whole limit, and say so in the message alone. No waiting helps that one.
  const prose = reading.prose();
  if (prose?.meaning !== 'oversize' || reading.explicitWait() !== undefined) return decision;
  return { category: 'fatal', decidedBy: 'code', rule: proseRule(prose) };
}

function byCatalog({ catalog, codes, status, message }: FailureReading): Decision | undefined {
  if (catalog === undefined) return undefined;
  for (const code of codes) {
    const match = ruleForCode(catalog, code, status, message);
    if (match !== undefined) return catalogDecision(match, `code "${code}"`);
  }
  return undefined;
}

function byCatalogStatus({ catalog, status, message }: FailureReading): Decision | undefined {
  const match = ruleForStatus(catalog, status, message);
  return match && catalogDecision(match, `status ${status}`);
}

function byCode(reading: FailureReading): Decision | undefined {
  for (const code of reading.codes) {
    if (CATCH_ALL_CODES.has(code) || restatesStatus(code, reading.status)) continue;
    const match = findCodeMeaning(wordsOf(code));
    const category = match && categoryOfCode(match.meaning, reading);
    if (category === undefined) continue;
    const rule = `code "${code}" says "${match?.phrase}"`;
    return { category, decidedBy: 'code', rule, unprocessed: match?.meaning === 'contention' };
  }
  return undefined;
}

function byHeader({ status, headers, explicitWait: explicit }: FailureReading) {
  const decided = (category: FailureCategory, rule: string): Decision => ({
    category,
    decidedBy: 'header',
    rule,
  });
  if (status === 403) {
    // Cloudflare asks for a person at a browser.
    if (headers.get('cf-mitigated') === 'challenge') {
      return decided('fatal', 'cf-mitigated: challenge');
    }
    // GitHub answers its rate limit so.
    if (bucketIsEmpty(headers))
      return decided('throttle', 'status 403 with an exhausted rate limit');
  }
  // RFC 9110 §15.5.14 has a Retry-After for the 413 that passes.
  const mayPass = status < 500 && (status === 413 || !ABOUT_THE_REQUEST.has(status));
  return mayPass && status !== 401 && status !== 429 && typeof explicit() === 'number'
    ? decided(status === 403 ? 'throttle' : 'retryable', `status ${status} with a Retry-After`)
    : undefined;
}

function byMessage(reading: FailureReading): Decision | undefined {
  const prose = reading.prose();
  const category = prose && categoryOfMessage(prose.meaning, reading);
  return (
    category && {
      category,
      decidedBy: 'code',
      rule: proseRule(prose),
      unprocessed: prose.meaning === 'contention',
    }
  );
}

function byStatus(reading: FailureReading): Decision {
  const { status } = reading;
  // A lost race or a lock, as a rule: a clash of names says so (Stripe's SDK repeats each 409).
  if (status === 409 && saysNothing(reading)) {
    return { category: 'retryable', decidedBy: 'status', rule: 'status 409 unexplained' };
  }
  const rule = `status ${status} ${status < 400 ? 'with an error' : 'alone'}`;
  return { category: categoryOfStatus(status), decidedBy: 'status', rule };
}

function saysNothing({ message, codes }: FailureReading): boolean {
  const speaks = (text: string) =>
    !restatesStatus(text, 409) && wordsOf(text).some((word) => !/^(?:error|http|409)$/.test(word));
  return (
    !(message !== undefined && speaks(message)) &&
    codes.every((code) => CATCH_ALL_CODES.has(code) || !speaks(code))
  );
}

function waitFor(category: FailureCategory, reading: FailureReading): number | undefined {
  const explicit = reading.explicitWait();
  if (typeof explicit === 'number') return explicit;
  if (category === 'fatal') return undefined;
  // A window that ends is a reason to wait only for those whom the window has stopped.
  return category === 'throttle' ? reading.wait() : reading.bodyWait();
}

function catalogDecision({ catalog, rule }: CatalogMatch, subject: string): Decision {
  return {
    category: rule.category,
    decidedBy: 'catalog',
    rule: `${catalog.name}: ${subject}`,
    // A row that looks at the message has already told the two apart.
    overruledBySize: rule.phrases === undefined,
  };
}

const proseRule = ({ phrase }: PhraseMatch<Meaning>): string => `the message says "${phrase}"`;
