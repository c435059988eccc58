import { readCopy } from '../classify/body/body-copy.ts';
import { ruleForCode, ruleForStatus, type Catalog } from '../classify/catalog/catalog.ts';
import { categoryOfStatus } from '../classify/words/statuses.ts';
import { SUCCESS, type Classification } from '../core/classification.ts';
import type { Clock } from '../core/clock.ts';
import type { OutcomeReader } from '../core/outcome-reader.ts';
import { drain } from '../http/drain.ts';
import type { Reading } from '../http/reading.ts';
import { isResponse } from '../http/response-shape.ts';
import { readPlainly } from '../policies/plain-reader.ts';
import { retryAfterOf } from '../policies/retry-after.ts';
import { readErrorBody } from './error-body.ts';

// A fetch within a fetch: neither reads what the other has read.
const bodies = new WeakMap<Response, ReturnType<typeof readCopy>>();

/**
 * Reads a response by its status, `Retry-After`, the code in its JSON body and the catalogs that are
 * handed in, and an error by its status, name and network code. It knows no words: what a message
 * or an unknown code means in English is the whole classifier's to read.
 */
export function liteReader(clock: Clock, catalogs: readonly Catalog[] = []): OutcomeReader {
  const readsSuccesses = catalogs.some(({ errorBodies }) => errorBodies === 'in-success');
  return {
    ...readPlainly(clock),
    classifyValue(value, cancellation) {
      if (!isResponse(value)) return SUCCESS;
      const { status } = value;
      if (status < 400 && !(readsSuccesses && status >= 200 && status < 300)) return SUCCESS;
      const body = bodies.get(value) ?? readCopy(value, { clock, cancellation });
      bodies.set(value, body);
      return body.then((bytes) => classify(value, bytes, clock, catalogs));
    },
    discard: (value, cancellation) =>
      isResponse(value) ? drain(value, { clock, cancellation }) : undefined,
  };
}

/** Calls with one key share one limit and one circuit, whoever they are made for and whatever they ask. */
export const LITE_READING: Reading = { readerOf: liteReader };

function classify(
  { status, headers, redirected }: Response,
  bytes: Uint8Array | undefined,
  clock: Clock,
  catalogs: readonly Catalog[],
): Classification {
  const { codes, message, isError } = readErrorBody(bytes, status);
  if (status < 400 && !isError) return SUCCESS;
  const rows = codes.map((code) => ruleForCode(catalogs, code, status, message));
  const known = rows.findIndex((row) => row !== undefined);
  const row = rows[known] ?? ruleForStatus(catalogs, status, message);
  const subject = known < 0 ? `status ${status}` : `code "${codes[known]}"`;
  const category = row?.rule.category ?? categoryOfStatus(status);
  const retryAfterMs = retryAfterOf(headers, clock);
  // After a redirect the first server may have acted, whatever the second one says.
  const unprocessed =
    !redirected &&
    (NOT_ACTED_ON.includes(status) ||
      (category === 'throttle' && !MAY_HAVE_ACTED.includes(status)) ||
      (status === UNAVAILABLE && (row ?? retryAfterMs) !== undefined));
  return {
    category,
    errorCode: codes[0],
    message,
    status,
    retryAfterMs,
    unprocessed,
    decidedBy: row ? 'catalog' : 'status',
    rule: row ? `${row.catalog.name}: ${subject}` : subject,
  };
}

/** RFC 9110 §15.5.20, RFC 8470 §5.2. */
const NOT_ACTED_ON = [421, 425];
/** Whatever their words say: these are answered when the work has begun. */
const MAY_HAVE_ACTED = [500, 502, 504];
/** Routers answer it while the server still works, unless it says when to come back. */
const UNAVAILABLE = 503;
