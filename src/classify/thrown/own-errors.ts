import type { Category, Classification, DecidedBy } from '../../core/classification.ts';
import { cleanText } from '../clean-text.ts';
import { read, readNumber, readObject, readText } from '../untrusted.ts';
import { classificationOf, type ThrownShape } from './causes.ts';
import { networkClassification } from './network.ts';

/**
 * The classification of one of holdfast's own errors, told by its `kind`; it may come from another
 * copy of holdfast, or stand inside an SDK's error as its cause. `undefined` for any other error.
 *
 * A refusal of ours is decided by `policy`; every other error brings the classification that it
 * was made with.
 */
export function classifyOwn(shapes: readonly ThrownShape[]): Classification | undefined {
  for (const shape of shapes) {
    const kind = readText(shape.value, 'kind');
    const made = madeWith(shape);
    if (kind === 'circuit-open' || kind === 'rate-limited') {
      return made?.decidedBy === 'policy' ? made : refusal(shape, kind);
    }
    if (made !== undefined) return made;
    if (kind === 'timeout') return networkClassification('lost', shape, 'timeout');
    if (kind === 'aborted') return networkClassification('aborted', shape, 'abort');
  }
  return undefined;
}

function refusal(shape: ThrownShape, kind: 'circuit-open' | 'rate-limited'): Classification {
  return classificationOf(shape, {
    category: kind === 'circuit-open' ? 'retryable' : 'throttle',
    errorCode: undefined,
    retryAfterMs: waitOf(shape.value),
    // Nothing was sent.
    unprocessed: true,
    decidedBy: 'policy',
    rule: `refused as ${kind}`,
  });
}

const CATEGORIES = /^(?:retryable|throttle|fatal)$/;
const WAIT_PLACES = /^(?:header|body|prose)$/;
const DECIDERS = /^(?:hint|catalog|code|header|status|network|opaque|prose|caller|policy)$/;

// Copied member by member: an object that claims to be a classification may be anything.
function madeWith(shape: ThrownShape): Classification | undefined {
  const made = readObject(shape.value, 'classification');
  const category = readText(made, 'category') ?? '';
  const decidedBy = readText(made, 'decidedBy') ?? '';
  const from = readText(made, 'retryAfterFrom') ?? '';
  if (!CATEGORIES.test(category) || !DECIDERS.test(decidedBy)) return undefined;
  return {
    category: category as Category,
    errorCode: cleanText(readText(made, 'errorCode')),
    message: cleanText(readText(made, 'message')),
    status: readNumber(made, 'status'),
    retryAfterMs: waitOf(made),
    ...(WAIT_PLACES.test(from) && { retryAfterFrom: from as 'header' | 'body' | 'prose' }),
    unprocessed: read(made, 'unprocessed') === true,
    decidedBy: decidedBy as DecidedBy,
    rule: cleanText(readText(made, 'rule')) ?? 'as the error itself says',
  };
}

function waitOf(value: unknown): number | undefined {
  const wait = readNumber(value, 'retryAfterMs');
  return wait !== undefined && wait >= 0 ? wait : undefined;
}
