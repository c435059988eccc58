import type { Classification } from '../../core/classification.ts';
import { cleanText } from '../clean-text.ts';
import { isErrorLike, isReference, read, readObject, readText } from '../untrusted.ts';

/**
 * The parts of a thrown value, read without trusting it: of any realm, library or proxy, whatever
 * its getters do.
 */
export interface ThrownShape {
  /** The value itself. */
  readonly value: object;
  /** `name`, or the constructor's where the name says only `Error`: many SDKs set none. */
  readonly name: string;
  /** `code`, `errorCode` or `errno` where it is a word. */
  readonly code: string | undefined;
  /** `code` where it is a number. */
  readonly number: number | undefined;
  readonly message: string;
}

/** As deep as causes are followed. */
const MAX_DEPTH = 10;
/** As many links of one error as are looked at; an aggregate may hold thousands of errors. */
const MAX_SHAPES = 50;
/** As many as are looked at in all. */
const MAX_STEPS = 200;
/** Longer than any name or code. */
const MAX_WORD_LENGTH = 200;
/** Longer than any message that says something. */
const MAX_MESSAGE_LENGTH = 1_000;

/** The shape of one value; `undefined` for a value that is no object. */
export function shapeOf(value: unknown): ThrownShape | undefined {
  if (!isReference(value)) return undefined;
  const number = read(value, 'code');
  const code = readText(value, 'code') ?? readText(value, 'errorCode') ?? readText(value, 'errno');
  return {
    value,
    name: nameOf(value),
    code: code?.slice(0, MAX_WORD_LENGTH),
    number: typeof number === 'number' ? number : undefined,
    message: (readText(value, 'message') ?? '').slice(0, MAX_MESSAGE_LENGTH),
  };
}

/** How much of a thrown value may still be walked: one budget, however its errors are entangled. */
export interface Walk {
  /** The aggregated errors that are judged already, or will be. */
  readonly seen: Set<unknown>;
  left: number;
}

/** The budget of one classification. */
export const newWalk = (): Walk => ({ seen: new Set(), left: MAX_STEPS });

/**
 * The error and what it wraps (`cause`, and the names under which older libraries keep it),
 * outermost first, each once, to depth 10.
 */
export function causesOf(error: unknown, walk: Walk = newWalk()): readonly ThrownShape[] {
  const shapes: ThrownShape[] = [];
  const seen = new Set<unknown>();
  let layer: unknown[] = [error];
  for (let depth = 0; depth <= MAX_DEPTH && layer.length > 0; depth += 1) {
    const next: unknown[] = [];
    for (const value of layer) {
      if (seen.has(value) || shapes.length >= MAX_SHAPES || walk.left <= 0) continue;
      seen.add(value);
      const shape = shapeOf(value);
      if (shape === undefined) continue;
      walk.left -= 1;
      shapes.push(shape);
      next.push(...WRAPPED.map((property) => readObject(shape.value, property)));
    }
    layer = next;
  }
  return shapes;
}

/** The errors that an aggregate holds (`AggregateError.errors`); `undefined` where it is none. */
export function errorsOf(value: unknown): readonly unknown[] | undefined {
  const errors = read(value, 'errors');
  try {
    if (!Array.isArray(errors) || errors.length === 0) return undefined;
    const held = errors.slice(0, MAX_SHAPES);
    // An API's own list of messages (`errors: [{ message }]`) is a body, not thrown errors.
    return held.every((one) => isErrorLike(one)) ? held : undefined;
  } catch {
    return undefined;
  }
}

/** A classification with the code and the words of a thrown error, unless `parts` has others. */
export function classificationOf(
  shape: ThrownShape,
  parts: Pick<Classification, 'category' | 'decidedBy' | 'rule'> & Partial<Classification>,
): Classification {
  return {
    status: undefined,
    retryAfterMs: undefined,
    unprocessed: false,
    ...parts,
    errorCode: cleanText('errorCode' in parts ? parts.errorCode : shape.code),
    message: cleanText(parts.message ?? shape.message),
  };
}

// `originalError`: Apollo, TypeORM, mssql. `original`: Slack's client. `networkError`: Apollo.
// `detail`: Stripe's connection errors. `reason`: older AWS clients and rejections of browsers.
const WRAPPED = ['cause', 'originalError', 'original', 'networkError', 'detail', 'reason'] as const;

function nameOf(value: object): string {
  const name = readText(value, 'name') ?? '';
  const isGeneric = /^(?:error|object)?$/i.test(name);
  const told = isGeneric ? readText(read(value, 'constructor'), 'name') : undefined;
  return (told ?? name).slice(0, MAX_WORD_LENGTH);
}
