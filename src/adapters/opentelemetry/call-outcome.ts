import { isUnwanted, type Classification } from '../../core/classification.ts';
import { isFailure } from '../../core/errors.ts';
import type { CallReport } from '../../core/report.ts';
import { reportOf } from '../../http/report.ts';
import { errorTypeOf, statusType, thrownType } from './error-type.ts';

/** The end of a call, from its caller's view. */
export interface CallOutcome {
  readonly outcome: 'success' | 'failure' | 'refused' | 'fallback' | 'aborted';
  /** `undefined` where nothing failed. */
  readonly errorType: string | undefined;
  readonly report: CallReport | undefined;
}

/** The outcome of a call that gave a response. */
export function outcomeOfResponse(response: Response): CallOutcome {
  const report = reportOf(response);
  if (report?.answeredBy !== undefined)
    return { outcome: 'fallback', errorType: undefined, report };
  const classification = lastReading(report);
  const errorType =
    classification === undefined ? statusType(response.status) : errorTypeOf(classification);
  return { outcome: errorType === undefined ? 'success' : 'failure', errorType, report };
}

/** The outcome of a call that threw. */
export function outcomeOfError(thrown: unknown, signal: AbortSignal | undefined): CallOutcome {
  const report = reportOf(thrown);
  if (isFailure(thrown) && thrown.classification.decidedBy === 'policy') {
    return { outcome: 'refused', errorType: thrown.kind, report };
  }
  const classification = lastReading(report);
  const isCallers = signal?.aborted === true && signal.reason === thrown;
  if (thrownType(thrown) === undefined || (isCallers && !isTimeout(thrown))) {
    return { outcome: 'aborted', errorType: undefined, report };
  }
  const errorType =
    (isCallers || classification === undefined ? undefined : errorTypeOf(classification, thrown)) ??
    thrownType(thrown);
  return { outcome: 'failure', errorType, report };
}

const isTimeout = (thrown: unknown): boolean => thrownType(thrown) === 'TimeoutError';

/** How the attempt that counted was read: of two that ran side by side not the one that was left. */
const lastReading = (report: CallReport | undefined): Classification | undefined =>
  report?.attempts
    .map(({ classification }) => classification)
    .findLast((reading) => reading !== undefined && !isUnwanted(reading));
