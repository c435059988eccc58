import { classifyFailure } from '../classify/response-failure.ts';
import type { Classification } from '../core/classification.ts';
import type { CallReport } from '../core/report.ts';
import { HttpError } from './http-error.ts';
import { reportOf } from './report.ts';

/** What a response has in every implementation of fetch. */
interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly headers: { forEach(visit: (value: string, name: string) => void): void };
}

/**
 * Gives the response back if it is a success, and throws an {@link HttpError} otherwise, for a
 * program that handles failures where it handles errors.
 *
 * The error carries the classification that the wrapped fetch made, and the response, whose body
 * is unread. A response of another fetch is classified by its status and headers alone. A success
 * that the catalog reads as an error throws as well.
 *
 * @example
 * const things = await orThrow(await fetch('https://api.example.com/things')).json();
 */
export function orThrow<R extends ResponseLike>(response: R): R {
  const report = reportOf(response);
  const classification = classificationOf(response, report);
  if (classification.category === 'success') return response;
  throw new HttpError(response.status, response as unknown as Response, {
    key: report?.key ?? originOf(response.url),
    attempts: report?.attempts ?? [],
    classification,
  });
}

function classificationOf(response: ResponseLike, report: CallReport | undefined): Classification {
  const known = report?.attempts.at(-1)?.classification;
  // Not read where no layer asked: a fetch without a retry and a breaker.
  if (known !== undefined && (known.category !== 'success' || response.ok)) return known;
  const { status, headers } = response;
  return classifyFailure({ status, headers });
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : 'default');
