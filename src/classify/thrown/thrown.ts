import type { Classification } from '../../core/classification.ts';
import { classifyNetwork, isProgramError, networkClassification } from './network.ts';
import type { ClassifyOptions } from '../response-failure.ts';
import { classifyDatabase } from './database.ts';
import { classifyGrpc } from './grpc.ts';
import { classifyOwn } from './own-errors.ts';
import { classifyCarriedResponse } from './carried-response.ts';
import { causesOf, errorsOf, newWalk, shapeOf, type Walk } from './causes.ts';

/** Aggregates within aggregates are followed as deep as causes are. */
const MAX_DEPTH = 10;

/**
 * Classifies what was thrown instead of a response: by its shape (`name`, `code`, `status`, causes
 * and aggregated errors to depth 10), never by `instanceof`, so that it works across realms,
 * copies and runtimes. Never throws.
 *
 * In this order, the first that recognizes it decides: an error of holdfast's own, an HTTP response
 * that an SDK's error carries, a gRPC status, a database's code, an abort, a network code, a
 * timeout, the words of a network error. An error that no rule recognizes is a fault of the
 * program: fatal.
 *
 * Of several errors in one (`AggregateError`) the one with the best prospect decides: the call may
 * succeed if any of its ways may.
 */
export function classifyThrown(error: unknown, options: ClassifyOptions = {}): Classification {
  try {
    return judge(error, options, 0, newWalk());
  } catch {
    return unrecognized(undefined);
  }
}

function judge(
  error: unknown,
  options: ClassifyOptions,
  depth: number,
  walk: Walk,
): Classification {
  const shapes = causesOf(error, walk);
  const own = classifyOwn(shapes);
  if (own !== undefined) return own;
  if (depth < MAX_DEPTH) {
    for (const { value } of shapes) {
      // An error that several aggregates hold is judged once: the best of all decides.
      const errors = errorsOf(value)?.filter((one) => one !== error && !walk.seen.has(one));
      if (errors === undefined || errors.length === 0) continue;
      for (const one of errors) walk.seen.add(one);
      const judged = errors
        .filter(() => walk.left > 0)
        .map((one) => judge(one, options, depth + 1, walk));
      if (judged.length > 0) return best(judged);
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

const PROSPECT = ['fatal', 'retryable', 'throttle'];

// Throttle before retryable: the one who slows down waits for the others too.
function best(classifications: readonly Classification[]): Classification {
  const prospect = ({ category }: Classification) => PROSPECT.indexOf(category);
  const chosen = classifications.reduce((a, b) => (prospect(b) > prospect(a) ? b : a));
  const unprocessed = classifications.every((one) => one.unprocessed);
  return chosen.unprocessed === unprocessed ? chosen : { ...chosen, unprocessed };
}

function unrecognized(error: unknown): Classification {
  const shape = shapeOf(error);
  if (shape !== undefined) {
    const name = shape.name || 'object';
    return networkClassification('misuse', shape, isProgramError(shape) ? name : `unknown ${name}`);
  }
  const message = typeof error === 'string' ? error.slice(0, 1_000) : '';
  const text = { value: Object, name: '', code: undefined, number: undefined, message };
  return networkClassification('misuse', text, 'not an error');
}
