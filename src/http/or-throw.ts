import { classifyFailure } from '../classify/response-failure.ts';
import { DEFAULT_KEY } from '../core/call.ts';
import { ownClassification, type Classification } from '../core/classification.ts';
import { addressOf } from './address.ts';
import type { ResponseLike } from './fetch.ts';
import { HttpError } from './http-error.ts';
import { reportOf } from './report.ts';

/**
 * Gives a response back if it is ok, and throws an {@link HttpError} with its classification
 * otherwise: for those who want a failure as an exception, as SDKs have it.
 *
 * The classification is the one by which the wrapped fetch acted. A response of a bare fetch is read
 * by its status and headers alone, since its body takes time. The body stays unread either way: it
 * is in `error.response`.
 *
 * A 2xx that the provider uses for errors is not ok, if the catalog of the wrapped fetch says so.
 *
 * @throws {@link HttpError}
 *
 * @example
 * const things = await orThrow(await fetch('https://api.example.com/things')).json();
 */
export function orThrow<Answer extends ResponseLike & { readonly ok: boolean }>(
  response: Answer,
): Answer {
  const report = reportOf(response);
  // What stands in for a failure is none.
  const last = report?.answeredBy === undefined ? report?.attempts.at(-1) : undefined;
  const known = last?.classification;
  const isFailure = known !== undefined && known.category !== 'success';
  if (response.ok && !isFailure) return response;
  const { url } = response as { readonly url?: unknown };
  throw new HttpError(response.status, response as unknown as Response, {
    callId: report?.callId,
    key: report?.key ?? (addressOf(url).origin || DEFAULT_KEY),
    attempts: report?.attempts ?? [],
    classification: isFailure ? known : readBriefly(response),
  });
}

function readBriefly(response: ResponseLike): Classification {
  const { status } = response;
  const headers = response.headers as Headers;
  const classification = classifyFailure({ status, headers });
  if (classification.category !== 'success') return classification;
  const rule = `status ${status} is neither a success nor an error`;
  return ownClassification({ category: 'fatal', decidedBy: 'status', status, rule });
}
