import type { Catalog } from '../classify/catalog/catalog.ts';
import { announcedLimits } from '../classify/headers/announced-limits.ts';
import { isReadWhole } from '../classify/body/body-copy.ts';
import { classifyWithin } from '../classify/response.ts';
import { classifyThrown } from '../classify/thrown/thrown.ts';
import { SUCCESS } from '../core/classification.ts';
import type { Clock } from '../core/clock.ts';
import type { AnnouncedLimit, OutcomeReader } from '../core/outcome-reader.ts';
import { drain } from './drain.ts';
import { isResponse } from './response-shape.ts';

/**
 * Reads the outcomes of any operation: errors by their shape, and a `Response` that an operation
 * returns by its status, headers and body; every other value is a success.
 */
export function outcomeReader(clock: Clock, catalog?: Catalog | readonly Catalog[]): OutcomeReader {
  return {
    classifyValue(value, cancellation) {
      if (!isResponse(value)) return SUCCESS;
      return classifyWithin(value, { catalog, clock, now: clock.epochNow() }, cancellation);
    },
    classifyError: (error) => classifyThrown(error, { catalog, now: clock.epochNow() }),
    announcedLimits: (value) =>
      isResponse(value)
        ? announcedLimits((name) => value.headers.get(name), clock.epochNow())
        : NO_LIMITS,
    discard: (value, cancellation) =>
      isResponse(value) ? drain(value, { clock, cancellation }) : undefined,
    holdsNothing: (value) => !isResponse(value) || value.body === null || isReadWhole(value),
  };
}

const NO_LIMITS: readonly AnnouncedLimit[] = [];

/** The reader for calls that live by this clock, without a catalog. */
export const readByShape = (clock: Clock): OutcomeReader => outcomeReader(clock);
