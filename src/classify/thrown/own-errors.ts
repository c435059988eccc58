import type { Category, Classification, DecidedBy } from '../../core/classification.ts';
import { networkClassification } from './network.ts';
import { type ThrownShape } from './causes.ts';
import { read, readNumber, readObject, readText } from '../untrusted.ts';

/**
 * The classification of one of holdfast's own errors, told by its `kind`; it may come from another copy of
 * holdfast, or stand inside an SDK's error as its cause. `undefined` for any other error.
 *
 * A refusal of ours is decided by `policy`; every other error brings the classification that it was made
 * with.
 */
export function classifyOwn(shapes: readonly ThrownShape[]): Classification | undefined {
  for (const shape of shapes) {
    const kind = readText(shape.value, 'kind');
    const made = madeWith(shape);
    switch (kind) {
      case 'circuit-open':
        return made?.decidedBy === 'policy'
          ? made
          : refusal(shape, 'retryable', 'the circuit breaker refused the call');
      case 'rate-limited':
        return made?.decidedBy === 'policy'
          ? made
          : refusal(shape, 'throttle', 'the token bucket refused the call');
      case 'timeout':
        return made ?? networkClassification('lost', shape, 'no answer in time');
      case 'aborted':
        return made ?? networkClassification('aborted', shape, 'the caller aborted the call');
      default:
        if (made !== undefined) return made;
    }
  }
  return undefined;
}

function refusal(shape: ThrownShape, category: Category, rule: string): Classification {
  const wait = readNumber(shape.value, 'retryAfterMs');
  return {
    category,
    errorCode: undefined,
    message: shape.message || undefined,
    status: undefined,
    retryAfterMs: wait !== undefined && wait >= 0 ? wait : undefined,
    // Nothing was sent.
    unprocessed: true,
    decidedBy: 'policy',
    rule,
  };
}

const CATEGORIES: ReadonlySet<unknown> = new Set<Category>([
  'success',
  'retryable',
  'throttle',
  'fatal',
]);
const DECIDERS: ReadonlySet<unknown> = new Set<DecidedBy>([
  'hint',
  'catalog',
  'code',
  'header',
  'status',
  'network',
  'opaque',
  'caller',
  'policy',
]);

// Copied field by field: what claims to be a classification may be anything.
function madeWith(shape: ThrownShape): Classification | undefined {
  const made = readObject(shape.value, 'classification');
  const category = read(made, 'category');
  const decidedBy = read(made, 'decidedBy');
  if (!CATEGORIES.has(category) || category === 'success' || !DECIDERS.has(decidedBy)) {
    return undefined;
  }
  const wait = readNumber(made, 'retryAfterMs');
  return {
    category: category as Category,
    errorCode: readText(made, 'errorCode'),
    message: readText(made, 'message'),
    status: readNumber(made, 'status'),
    retryAfterMs: wait !== undefined && wait >= 0 ? wait : undefined,
    unprocessed: read(made, 'unprocessed') === true,
    decidedBy: decidedBy as DecidedBy,
    rule: readText(made, 'rule') ?? 'the classification that the error carries',
  };
}
