import type { Classification } from '../../core/classification.ts';
import { PROGRAM_ERRORS, classifyNetwork, networkClassification } from './network.ts';
import type { ClassifyOptions } from '../response-failure.ts';
import { classifyDatabase } from './database.ts';
import { classifyGrpc } from './grpc.ts';
import { classifyOwn } from './own-errors.ts';
import { classifyCarriedResponse } from './carried-response.ts';
import { causesOf, errorsOf, shapeOf, withoutSecrets } from './causes.ts';

/** Aggregates within aggregates are followed as deep as causes are. */
const MAX_DEPTH = 10;

/**
 * Classifies what was thrown instead of a response: by its shape (`name`, `code`, `status`, causes
 * and aggregated errors to depth 10), never by `instanceof`, so that it works across realms,
 * copies and runtimes. Never throws.
 *
 * In this order, the first that recognizes it decides: an error of holdfast's own, an HTTP response
 * that an SDK's error carries, a gRPC status, a database's code, an abort, a network code, a
 * timeout, the words of a network error. What nobody recognizes is a fault of the program: fatal.
 *
 * Of several errors in one (`AggregateError`) the one with the best prospect decides: the call may
 * succeed if any of its ways may.
 */
export function classifyThrown(error: unknown, options: ClassifyOptions = {}): Classification {
  try {
    return judge(error, options, 0);
  } catch {
    return unrecognized(undefined);
  }
}

function judge(error: unknown, options: ClassifyOptions, depth: number): Classification {
  const shapes = causesOf(error);
  const own = classifyOwn(shapes);
  if (own !== undefined) return own;
  if (depth < MAX_DEPTH) {
    for (const { value } of shapes) {
      const errors = errorsOf(value)?.filter((one) => one !== error);
      if (errors !== undefined && errors.length > 0) {
        return best(errors.map((one) => judge(one, options, depth + 1)));
      }
    }
  }
  return (
    classifyCarriedResponse(shapes, options) ??
    classifyGrpc(shapes) ??
    classifyDatabase(shapes) ??
    classifyNetwork(shapes) ??
    unrecognized(error)
  );
}

const PROSPECT: Readonly<Record<Classification['category'], number>> = {
  fatal: 0,
  retryable: 1,
  throttle: 2,
  success: 0,
};

// Throttle before retryable: whoever slows down waits for the others too.
function best(classifications: readonly Classification[]): Classification {
  const chosen = classifications.reduce((a, b) =>
    PROSPECT[b.category] > PROSPECT[a.category] ? b : a,
  );
  const unprocessed = classifications.every((classification) => classification.unprocessed);
  return chosen.unprocessed === unprocessed ? chosen : { ...chosen, unprocessed };
}

function unrecognized(error: unknown): Classification {
  const shape = shapeOf(error);
  if (shape !== undefined) {
    const what = PROGRAM_ERRORS.has(shape.name)
      ? `${shape.name}: an error of the program itself`
      : `${shape.name || 'an object'}: no rule knows this error`;
    return networkClassification('misused', shape, what);
  }
  return {
    category: 'fatal',
    errorCode: undefined,
    message: typeof error === 'string' ? withoutSecrets(error.slice(0, 1_000)) : undefined,
    status: undefined,
    retryAfterMs: undefined,
    unprocessed: false,
    decidedBy: 'caller',
    rule: 'what was thrown is not an error',
  };
}
