import { SUCCESS } from '../core/classification.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import type { Interpreter } from '../core/interpreter.ts';
import type { Catalog } from '../classify/catalog/catalog.ts';
import { classifyWithin } from '../classify/response.ts';
import { drain } from '../http/drain.ts';
import { classifyThrown } from '../classify/thrown/thrown.ts';

/**
 * Reads the outcomes of any operation: errors by their shape, and a `Response` that an operation
 * returns by its status, headers and body; every other value is a success.
 */
export function interpreterOf({
  catalog,
  clock = systemClock,
}: {
  catalog?: Catalog | readonly Catalog[] | undefined;
  clock?: Clock | undefined;
} = {}): Interpreter {
  return {
    classifyValue(value, cancellation) {
      if (!isResponse(value)) return SUCCESS;
      return classifyWithin(value, { catalog, clock, now: clock.epochNow() }, cancellation);
    },
    classifyError: (error) => classifyThrown(error, { catalog, now: clock.epochNow() }),
    discard: (value, cancellation) =>
      isResponse(value) ? drain(value, { clock, cancellation }) : undefined,
  };
}

/** By shape: a polyfilled or another realm's `Response` is one too. */
function isResponse(value: unknown): value is Response {
  if (typeof value !== 'object' || value === null) return false;
  const { status, headers, clone } = value as Partial<Response>;
  return (
    typeof status === 'number' &&
    typeof clone === 'function' &&
    typeof (headers as Partial<Headers> | undefined)?.get === 'function'
  );
}
