import { ResultAsync } from 'neverthrow';
import { classifyResponse } from '../classify/response.ts';
import type { Catalog } from '../classify/catalog/catalog.ts';
import { classifyThrown } from '../classify/thrown/thrown.ts';
import type { CallOptions, Operation } from '../core/call.ts';
import { ABORTED, type Classification } from '../core/classification.ts';
import { Context } from '../core/context.ts';
import {
  AbortedError,
  NetworkError,
  TimeoutError,
  UnexpectedError,
  type FailureDetails,
} from '../core/errors.ts';
import type { History } from '../core/history.ts';
import type { Policy } from '../core/policy.ts';
import type { CallReport } from '../core/report.ts';
import { addressOf } from '../http/address.ts';
import type { Fetch } from '../http/fetch.ts';
import { isRequest } from '../http/fetch-arguments.ts';
import { HttpError } from '../http/http-error.ts';
import { rememberCall, reportOf } from '../http/report.ts';
import { isResilienceError, type ResilienceError } from '../http/resilience-error.ts';

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
 * that is classified as a success, `Err` everything else, an HTTP error status too.
 *
 * @example
 * const fetch = resultFetch(resilientFetch());
 * const name = await fetch(url).map((response) => response.headers.get('server'));
 */
export function resultFetch(fetch: Fetch, options?: ResultOptions): ResultFetch {
  return (...request) => {
    const [input, init] = request;
    return resultOf(
      async () => {
        const response = await fetch(...request);
        const classification = await classificationOfResponse(response, options);
        if (classification.category === 'success') return response;
        const report = reportOf(response);
        const key = report?.key ?? keyOf(input);
        throw new HttpError(response.status, response, {
          key,
          attempts: report?.attempts ?? [],
          classification,
        });
      },
      (error) => {
        const signal = init?.signal ?? (isRequest(input) ? input.signal : undefined);
        return read(error, signal, { ...options, key: reportOf(error)?.key ?? keyOf(input) });
      },
    );
  };
}

/**
 * Runs an operation under a policy and returns its failure instead of throwing it. A `Response`
 * with an error status is returned as `Ok`: it is what the operation gave.
 *
 * @example
 * const things = await executeResult(policy, ({ signal }) => sdk.list({ signal }));
 * if (things.isErr()) console.warn(things.error.kind);
 */
export function executeResult<T>(
  policy: Policy,
  operation: Operation<T>,
  options?: CallOptions,
): ResultAsync<T, ResilienceError> {
  let history: History | undefined;
  const remembered: Operation<T> = (context) => {
    if (context instanceof Context) ({ history } = context.call);
    return operation(context);
  };
  return resultOf(
    async () => policy.execute(remembered, options),
    (error) => {
      rememberCall(error, history);
      return read(error, options?.signal, { key: options?.key });
    },
  );
}

/** What {@link toResilienceError} cannot read off the error itself. */
export interface ResilienceErrorOptions extends ResultOptions {
  /** The subject of the call, for the message. @defaultValue the report's key, or 'default' */
  readonly key?: string | undefined;
}

/**
 * Reads any thrown value as one of holdfast's errors; one that is already is returned as it is.
 * Never throws.
 *
 * @example
 * const { kind } = toResilienceError(caught);
 */
export function toResilienceError(
  error: unknown,
  options?: ResilienceErrorOptions,
): ResilienceError {
  try {
    return read(error, undefined, options);
  } catch {
    return unreadable(error);
  }
}

/**
 * Runs, and reads what was thrown. The result never rejects: not for a policy that throws instead
 * of rejecting, and not for an error that cannot be read.
 */
function resultOf<T>(
  run: () => Promise<T>,
  readError: (error: unknown) => ResilienceError,
): ResultAsync<T, ResilienceError> {
  return ResultAsync.fromPromise(run(), (error) => {
    try {
      return readError(error);
    } catch {
      return unreadable(error);
    }
  });
}

function read(
  error: unknown,
  signal: AbortSignal | null | undefined,
  options: ResilienceErrorOptions | undefined,
): ResilienceError {
  // Any value can be a signal's reason: that it is one is seen by its identity, not by its shape.
  const isReason = signal?.aborted === true && error === signal.reason;
  if (!isReason && isResilienceError(error)) return error;
  const report = reportOf(error);
  const details: FailureDetails = {
    callId: report?.callId,
    key: options?.key ?? report?.key ?? 'default',
    attempts: report?.attempts ?? [],
    classification: isReason ? ABORTED : classificationOfThrown(error, report, options),
    cause: error,
  };
  switch (details.classification.decidedBy) {
    case 'caller':
      return isReason || nameOf(error) === 'AbortError'
        ? new AbortedError(details)
        : new UnexpectedError(details);
    case 'network':
    case 'opaque':
      return nameOf(error) === 'TimeoutError'
        ? new TimeoutError(undefined, details)
        : new NetworkError(details);
    case 'policy':
      return ownErrorWithin(error) ?? new UnexpectedError(details);
    default: {
      const { status } = details.classification;
      return status === undefined
        ? new UnexpectedError(details)
        : new HttpError(status, undefined, details);
    }
  }
}

/** An SDK wraps what its fetch throws; our refusal is somewhere down its chain of causes. */
function ownErrorWithin(error: unknown): ResilienceError | undefined {
  let inner = error;
  for (let depth = 0; depth < MAX_DEPTH && inner !== undefined && inner !== null; depth += 1) {
    if (isResilienceError(inner)) return inner;
    inner = (inner as { readonly cause?: unknown }).cause;
  }
  return undefined;
}
const MAX_DEPTH = 10;

/** How the policies have classified it, if they have: an error is read once. */
function classificationOfThrown(
  error: unknown,
  report: CallReport | undefined,
  options: ResultOptions | undefined,
): Classification {
  const known = report?.attempts.at(-1)?.classification;
  if (known !== undefined && known.category !== 'success') return known;
  return classifyThrown(error, { catalog: options?.catalog });
}

const unreadable = (cause: unknown): UnexpectedError =>
  new UnexpectedError({
    key: 'default',
    attempts: [],
    classification: classifyThrown(cause),
    cause,
  });

async function classificationOfResponse(
  response: Response,
  options?: ResultOptions,
): Promise<Classification> {
  const report = reportOf(response);
  // What stands in for a failure is read by itself.
  const last = report?.answeredBy === undefined ? report?.attempts.at(-1) : undefined;
  return last?.classification ?? classifyResponse(response, { catalog: options?.catalog });
}

const keyOf = (input: unknown): string => addressOf(input).origin || 'default';

function nameOf(error: unknown): unknown {
  try {
    return (error as { name?: unknown } | null | undefined)?.name;
  } catch {
    return undefined;
  }
}
