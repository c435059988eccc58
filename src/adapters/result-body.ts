import { ResultAsync } from 'neverthrow';
import { addressOf } from '../http/address.ts';
import { reportOf, shareReport } from '../http/report.ts';
import type { ResilienceError } from '../http/resilience-error.ts';
import { toResilienceError } from './result.ts';

/**
 * Reads a body as JSON. A body that breaks off is a `NetworkError`, one that is no JSON an
 * `UnexpectedError`. The type is your claim: nothing checks it.
 *
 * @example
 * const plugins = await fetch(url).andThen(readJson<Plugin[]>);
 */
export const readJson = <T = unknown>(response: Response): ResultAsync<T, ResilienceError> =>
  readBody(response, () => response.json() as Promise<T>);

/**
 * Reads a body as text. A body that breaks off is a `NetworkError`.
 *
 * @example
 * const page = await fetch(url).andThen(readText);
 */
export const readText = (response: Response): ResultAsync<string, ResilienceError> =>
  readBody(response, () => response.text());

function readBody<T>(response: Response, read: () => Promise<T>): ResultAsync<T, ResilienceError> {
  const running = async () => read();
  return ResultAsync.fromPromise(running(), (error) => {
    if (typeof error === 'object' && error !== null) shareReport(response, error);
    const key = reportOf(response)?.key ?? addressOf(response.url).origin;
    return toResilienceError(error, key === '' ? {} : { key });
  });
}
