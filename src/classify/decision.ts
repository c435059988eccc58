import type { DecidedBy } from '../core/classification.ts';
import { ruleForCode, ruleForStatus } from './catalog/catalog.ts';
import type { CatalogMatch, FailureCategory } from './catalog/catalog.ts';
import { cleanText } from './clean-text.ts';
import type { FailureReading } from './evidence.ts';
import { headerHint } from './headers/server-hints.ts';
import { bucketIsEmpty } from './wait/exhausted-bucket.ts';
import { CATCH_ALL_CODES, findCodeMeaning } from './words/code-words.ts';
import { categoryOfCode, categoryOfMessage } from './words/meanings.ts';
import type { Meaning, MeaningContext } from './words/meanings.ts';
import { wordsOf } from './words/phrases.ts';
import type { PhraseMatch } from './words/phrases.ts';
import { ABOUT_THE_REQUEST, categoryOfStatus, mayEcho, restatesStatus } from './words/statuses.ts';

/** A category and its reason, before waits are added. */
export interface Decision {
  readonly category: FailureCategory;
  readonly decidedBy: DecidedBy;
  readonly rule: string;
  /** A catalog's row that has told a large request from a throttle already. */
  readonly isExact?: boolean;
}

/** What a failure asks of its caller: the most trusted evidence decides. */
export function decide(reading: FailureReading): Decision {
  const hint = headerHint(reading.headers) ?? bodyHint(reading.body.retryable);
  if (hint?.retry === false) return { category: 'fatal', decidedBy: 'hint', rule: hint.rule };
  const decision = decideUnhinted(reading);
  if (hint === undefined) return decision;
  const category = decision.category === 'fatal' ? 'retryable' : decision.category;
  return { category, decidedBy: 'hint', rule: hint.rule };
}

function bodyHint(retry: boolean | undefined) {
  return retry === undefined
    ? undefined
    : { retry, rule: `the body says ${retry ? '' : 'not '}to retry` };
}

function decideUnhinted(reading: FailureReading): Decision {
  const decision =
    byCatalog(reading) ??
    byCode(reading) ??
    byHeader(reading) ??
    byCatalogStatus(reading) ??
    byMessage(reading) ??
    byStatus(reading);
  if (decision.category !== 'throttle' || decision.isExact) return decision;
  // Some APIs give the code of their rate limit to a single request that is larger than the
  // whole limit, and say so in the message alone. No waiting helps that one.
  const prose = reading.prose();
  if (prose?.meaning !== 'oversize' || reading.headerWait() !== undefined) return decision;
  return { category: 'fatal', decidedBy: 'prose', rule: proseRule(prose) };
}

function byCatalog({ catalog, codes, body, status, message }: FailureReading) {
  if (catalog === undefined) return undefined;
  for (const code of codes) {
    if (body.echoedCodes.includes(code)) continue;
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
  const { status, codes, body } = reading;
  for (const code of codes) {
    if (CATCH_ALL_CODES.has(code) || restatesStatus(code, status)) continue;
    const isEcho = body.echoedCodes.includes(code);
    // Who finds fault with the input repeats it.
    if (isEcho && mayEcho(status)) continue;
    const match = findCodeMeaning(wordsOf(code));
    if (match === undefined) continue;
    const category = categoryOfCode(match.meaning, contextOf(reading, 'with-prose'));
    if (category === undefined) continue;
    const isProse =
      isEcho || category !== categoryOfCode(match.meaning, contextOf(reading, 'without-prose'));
    return {
      category,
      decidedBy: isProse ? 'prose' : 'code',
      rule: `code "${cleanText(code)}" says "${match.phrase}"`,
    };
  }
  return undefined;
}

/** The evidence beside a code: with what the message adds, or only what may decide for others too. */
function contextOf(
  { status, prose, wait }: FailureReading,
  trust: 'with-prose' | 'without-prose',
): MeaningContext {
  const withProse = trust === 'with-prose';
  return {
    status,
    hasWait() {
      const found = wait();
      return found !== undefined && found.ms > 0 && (withProse || found.from !== 'prose');
    },
    messageMeaning: () => (withProse ? prose()?.meaning : undefined),
  };
}

function byHeader({ status, headers, headerWait }: FailureReading): Decision | undefined {
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
  // RFC 9110 §15.5.14 has a Retry-After for the 413 that passes. A request that is wrong stays wrong.
  const mayPass =
    status < 500 &&
    (status === 413 || !(ABOUT_THE_REQUEST.has(status) || /^4(?:00|01|22|29)$/.test(`${status}`)));
  return mayPass && typeof headerWait() === 'number'
    ? decided(status === 403 ? 'throttle' : 'retryable', `status ${status} with a Retry-After`)
    : undefined;
}

function byMessage(reading: FailureReading): Decision | undefined {
  const prose = reading.prose();
  if (prose === undefined) return undefined;
  const category = categoryOfMessage(prose.meaning, contextOf(reading, 'with-prose'));
  if (category === undefined) return undefined;
  // Words that only confirm the status are not the evidence. Of a 409 they are: see below.
  const { status } = reading;
  if (category === categoryOfStatus(status) && status !== 409) return undefined;
  return { category, decidedBy: 'prose', rule: proseRule(prose) };
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

function catalogDecision({ catalog, rule }: CatalogMatch, subject: string): Decision {
  return {
    category: rule.category,
    decidedBy: 'catalog',
    rule: `${catalog.name}: ${subject}`,
    isExact: rule.phrases !== undefined,
  };
}

const proseRule = ({ phrase }: PhraseMatch<Meaning>): string => `the message says "${phrase}"`;
