import { isUnwanted, type Classification } from '../../core/classification.ts';
import { isFailure } from '../../core/errors.ts';

/** A name, as codes and classes have one; anything else may be prose, or hold a secret. */
const NAME = /^[\w.:/-]{1,64}$/;

const LOWEST_ERROR = 400;

/**
 * The `error.type` of an attempt that has been read: its error code, else its status, else the class
 * of what was thrown. `undefined` where nothing failed: a success, an abort, an attempt that was not
 * needed any more.
 */
export function errorTypeOf(classification: Classification, thrown?: unknown): string | undefined {
  const { category, errorCode, status } = classification;
  if (category === 'success' || isUnwanted(classification)) return undefined;
  if (errorCode !== undefined && NAME.test(errorCode)) return errorCode;
  if (status !== undefined) return String(status);
  return thrown === undefined ? fallbackType(classification) : thrownType(thrown);
}

/** Without an error at hand: a time-out, or something that has no name. */
const fallbackType = ({ category, decidedBy, rule }: Classification): string => {
  if (decidedBy === 'policy') return category === 'throttle' ? 'rate-limited' : 'circuit-open';
  return /time-?out|no answer within/.test(rule) ? 'TimeoutError' : 'Error';
};

/** The `error.type` of a response that nobody has read. */
export const statusType = (status: number): string | undefined =>
  status >= LOWEST_ERROR ? String(status) : undefined;

/**
 * The `error.type` of an error that nobody has read: the code of its cause, else its class;
 * `undefined` for an abort.
 */
export function thrownType(thrown: unknown): string | undefined {
  const { name, code, cause } = shapeOf(thrown);
  if (name === 'AbortError' || (isFailure(thrown) && thrown.kind === 'aborted')) return undefined;
  const { code: codeOfCause } = shapeOf(cause);
  for (const candidate of [codeOfCause, code, name]) {
    if (typeof candidate === 'string' && NAME.test(candidate)) return candidate;
  }
  return 'Error';
}

interface ErrorShape {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

function shapeOf(value: unknown): ErrorShape {
  try {
    const { name, code, cause } = (value ?? {}) as ErrorShape;
    return { name, code, cause };
  } catch {
    // A proxy or a getter that throws.
    return {};
  }
}
