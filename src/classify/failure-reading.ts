import type { Classification } from '../core/classification.ts';
import type { BodyEvidence } from './body/body-evidence.ts';
import type { FailureCategory } from './catalog/catalog.ts';
import { cleanText } from './clean-text.ts';
import { decide } from './decision.ts';
import type { Catalogs, FailureReading } from './evidence.ts';
import type { HeaderMap } from './headers/response-headers.ts';
import { codesOf, headerMessage } from './headers/server-hints.ts';
import { read } from './untrusted.ts';
import { parseHttpDate } from './wait/http-date.ts';
import { bodyWaits, explicitWaits, proseWait } from './wait/wait-hint.ts';
import { exhaustedBucketWait } from './wait/exhausted-bucket.ts';
import { longestWait, type StatedWait } from './wait/longest-wait.ts';
import type { Meaning } from './words/meanings.ts';
import { findMessageMeaning } from './words/message-phrases.ts';
import { wordsOf } from './words/phrases.ts';
import type { PhraseMatch } from './words/phrases.ts';
import { withoutAddresses, withoutQuotations } from './words/quotation.ts';
import { isUnprocessed, mayEcho } from './words/statuses.ts';

/** Classifies a failure by its status, headers and body; see `docs/classification.md`. */
export function classifyReading(
  httpStatus: number,
  headers: HeaderMap,
  body: BodyEvidence,
  options: object,
): Classification {
  const reading = readingOf(httpStatus, headers, body, options);
  const { status, codes, message } = reading;
  const { category, decidedBy, rule } = decide(reading);
  const wait = waitFor(category, reading);
  return {
    category,
    errorCode: cleanText(codes[0]),
    message: cleanText(message),
    status: Number.isNaN(httpStatus) ? undefined : httpStatus,
    retryAfterMs: wait?.ms,
    retryAfterFrom: wait?.from,
    unprocessed: isUnprocessed(
      status,
      category,
      decidedBy,
      typeof reading.headerWait() === 'number',
    ),
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
  const arrived = typeof given === 'number' && Number.isFinite(given) ? given : Date.now();
  // Moments are of the server's clock, whatever the client's says.
  const date = headers.get('date');
  const now = (date && parseHttpDate(date, arrived)) || arrived;
  const codes = codesOf(headers, body.codes);
  const message = body.message ?? headerMessage(headers);
  const status = httpStatus >= 400 ? httpStatus : (body.status ?? httpStatus);
  const headerWaits = once(() => explicitWaits(headers, now));
  const statedWait = once(() => {
    const ofHeaders = headerWaits();
    const ofBody = bodyWaits(body.waits, now, codes.includes('slow_down'));
    return (
      longestWait([...(ofHeaders === 'unusable' ? [] : ofHeaders), ...ofBody]) ??
      proseWait(body.message && withoutAddresses(body.message), now)
    );
  });
  const wait = once(() => {
    const stated = statedWait();
    if (stated !== undefined && stated.from !== 'prose') return stated;
    // A field that makes no sense is no reason to guess on.
    const ms = headerWaits() === 'unusable' ? undefined : exhaustedBucketWait(headers, now);
    return ms === undefined ? stated : ({ ms, from: 'header' } as const);
  });
  return {
    status,
    headers,
    body,
    catalog: read(options, 'catalog') as Catalogs,
    codes,
    message,
    prose: once(() => proseOf(message, body.remarks, mayEcho(status))),
    headerWait: () => {
      const waits = headerWaits();
      return waits === 'unusable' ? waits : longestWait(waits)?.ms;
    },
    wait,
    statedWait,
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
  isEcho: boolean,
): PhraseMatch<Meaning> | undefined {
  const meaningOf = (text: string) => {
    const said = withoutAddresses(text);
    return findMessageMeaning(wordsOf(isEcho ? withoutQuotations(said) : said));
  };
  let prose = meaningOf(message ?? '');
  for (const remark of remarks) {
    // The id of a violated quota tells a day's from a minute's where the message does not.
    if (prose !== undefined && prose.meaning !== 'exhausted') break;
    const found = meaningOf(remark);
    const isPeriod = found?.meaning === 'quota' || found?.meaning === 'throttle';
    if (prose === undefined || isPeriod) prose = found;
  }
  return prose;
}

function waitFor(category: FailureCategory, reading: FailureReading): StatedWait | undefined {
  if (category === 'fatal') {
    const ms = reading.headerWait();
    return typeof ms === 'number' ? { ms, from: 'header' } : undefined;
  }
  // A window that ends is a reason to wait only for those whom the window has stopped.
  const wait = category === 'throttle' ? reading.wait() : reading.statedWait();
  // Zero on a throttle is a field that nobody filled in.
  return category === 'throttle' && wait?.ms === 0 ? undefined : wait;
}
