import { ResultAsync } from 'neverthrow';
import { classifyResponse } from '../classify/response.ts';
import type { Catalog } from '../classify/catalog.ts';
import { classifyThrown } from '../classify/thrown.ts';
import type { CallOptions, Operation } from '../core/call.ts';
import { ABORTED, type Classification } from '../core/classification.ts';
import {
  AbortedError,
  HttpError,
  NetworkError,
  TimeoutError,
  UnexpectedError,
  isResilienceError,
  type FailureDetails,
  type ResilienceError,
} from '../core/errors.ts';
import type { Policy } from '../core/policy.ts';
import { addressOf } from '../http/address.ts';
import type { Fetch } from '../http/fetch.ts';
import { isRequest } from '../http/replay.ts';
import { reportOf } from '../http/report.ts';

/** How outcomes become errors. */
export interface ResultOptions {
  /** The provider's error codes, for a fetch that is not holdfast's own. @defaultValue none */
  readonly catalog?: Catalog | readonly Catalog[] | undefined;
}

/** A fetch that returns its failures. */
export type ResultFetch = (
  input: string | URL | Request,
  init?: RequestInit,
) => ResultAsync<Response, ResilienceError>;

/**
 * Turns any fetch, a resilient one above all, into one that never throws: `Ok` holds a response
 * whose verdict is a success, `Err` everything else, an HTTP error status too.
 *
 * @example
 * const fetch = resultFetch(resilientFetch());
 * const name = await fetch(url).map((response) => response.headers.get('server'));
 */
export function resultFetch(fetch: Fetch, options?: ResultOptions): ResultFetch {
  return (input, init) => {
    const run = async (): Promise<Response> => {
      const response = await fetch(input, init);
      const classification = await verdictOn(response, options);
      if (classification.category === 'success') return response;
      throw new HttpError(response, { ...contextOf(response, input), classification });
    };
    const signal = init?.signal ?? (isRequest(input) ? input.signal : undefined);
    return ResultAsync.fromPromise(run(), (error) => translate(error, input, signal, options));
  };
}

/**
 * Runs an operation under a policy and returns its failure instead of throwing it. A `Response`
 * with an error status is returned as `Ok`: it is what the operation gave.
 */
export function executeResult<T>(
  policy: Policy,
  operation: Operation<T>,
  options?: CallOptions,
): ResultAsync<T, ResilienceError> {
  const run = async (): Promise<T> => policy.execute(operation, options);
  const key = options?.key ?? 'default';
  return ResultAsync.fromPromise(run(), (error) => {
    const aborted = options?.signal?.aborted === true && error === options.signal.reason;
    return aborted ? abortedError(error, key) : toResilienceError(error, { key });
  });
}

/** What {@link toResilienceError} cannot read off the error itself. */
export interface ResilienceErrorOptions extends ResultOptions {
  /** What the call was about, for the message. @defaultValue the report's key, or 'default' */
  readonly key?: string | undefined;
}

/**
 * Reads any thrown value as one of holdfast's errors; one that is already is returned as it is.
 * Never throws.
 */
export function toResilienceError(
  error: unknown,
  options?: ResilienceErrorOptions,
): ResilienceError {
  if (isResilienceError(error)) return error;
  const classification = classifyThrown(error, { catalog: options?.catalog });
  const report = reportOf(error);
  const details: FailureDetails = {
    key: options?.key ?? report?.key ?? 'default',
    attempts: report?.attempts ?? [],
    classification,
    cause: error,
  };
  switch (classification.decidedBy) {
    case 'caller':
      return isAbort(error) ? new AbortedError(details) : new UnexpectedError(details);
    case 'network':
      return isTimeout(error) ? new TimeoutError(undefined, details) : new NetworkError(details);
    default:
      return new UnexpectedError(details);
  }
}

async function verdictOn(response: Response, options?: ResultOptions): Promise<Classification> {
  const known = reportOf(response)?.attempts.at(-1)?.classification;
  return known ?? classifyResponse(response, { catalog: options?.catalog });
}

function contextOf(
  outcome: unknown,
  input: string | URL | Request,
): Pick<FailureDetails, 'key' | 'attempts'> {
  const report = reportOf(outcome);
  return { key: report?.key ?? addressOf(input).origin, attempts: report?.attempts ?? [] };
}

function translate(
  error: unknown,
  input: string | URL | Request,
  signal: AbortSignal | undefined,
  options: ResultOptions | undefined,
): ResilienceError {
  const { key, attempts } = contextOf(error, input);
  const aborted = signal?.aborted === true && error === signal.reason;
  return aborted
    ? abortedError(error, key, attempts)
    : toResilienceError(error, { ...options, key });
}

// Any value can be a signal's reason: that it is one is seen by its identity, not by its shape.
function abortedError(
  cause: unknown,
  key: string,
  attempts: FailureDetails['attempts'] = [],
): AbortedError {
  return new AbortedError({ key, attempts, classification: ABORTED, cause });
}

const isAbort = (error: unknown): boolean => nameOf(error) === 'AbortError';
const isTimeout = (error: unknown): boolean => nameOf(error) === 'TimeoutError';

function nameOf(error: unknown): unknown {
  try {
    return (error as { name?: unknown } | null | undefined)?.name;
  } catch {
    return undefined;
  }
}
