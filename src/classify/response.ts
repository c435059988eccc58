import type { Classification } from '../core/classification.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { SUCCESS } from '../core/classification.ts';
import { systemClock } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import type { Catalog } from './catalog/catalog.ts';
import { readCopy } from './body/body-copy.ts';
import { classifyFailure } from './response-failure.ts';
import type { ClassifyOptions } from './response-failure.ts';

/** The options of {@link classifyResponse}. */
export interface ClassifyResponseOptions extends ClassifyOptions {
  /** Whose time bounds the reading of the body, and is `now`. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined;
}

/** The one reading of a response, shared by everybody who asks. */
interface Reading {
  readonly arrivedAt: number;
  readonly body: Promise<Uint8Array | undefined>;
  readonly classifications: Map<ClassifyOptions['catalog'], Promise<Classification>>;
}

const readings = new WeakMap<Response, Reading>();
const success = Promise.resolve<Classification>(SUCCESS);

/**
 * Classifies a `Response` by a copy of the beginning of its body; the response stays readable.
 *
 * - Never rejects and never hangs: at most 64 KiB and 1 s of the body are read, and a body that
 *   somebody else has read or reads is done without.
 * - A success is not touched, unless the catalog says that this API puts errors in a 2xx.
 * - One response is read once, however many layers ask, and a wait hint counts from the first time.
 * - An opaque response (`no-cors`, a redirect that was not followed) is a success: nothing in it
 *   can be judged.
 *
 * @example
 * const { category, retryAfterMs } = await classifyResponse(response);
 */
export function classifyResponse(
  response: Response,
  options: ClassifyResponseOptions = {},
): Promise<Classification> {
  return classifyWithin(response, options, undefined);
}

/** The same for a call that may be cancelled: it then makes do with what has been read. */
export function classifyWithin(
  response: Response,
  options: ClassifyResponseOptions,
  cancellation: Cancellation | undefined,
): Promise<Classification> {
  const { catalog, now } = options;
  if (response.status < 400 && !(response.status >= 200 && readsSuccesses(catalog))) return success;
  const reading =
    readings.get(response) ?? read(response, options.clock ?? systemClock, cancellation);
  if (now !== undefined) return judge(response, reading, catalog, now);
  let classification = reading.classifications.get(catalog);
  if (classification === undefined) {
    classification = judge(response, reading, catalog, reading.arrivedAt);
    reading.classifications.set(catalog, classification);
  }
  return classification;
}

function read(response: Response, clock: Clock, cancellation: Cancellation | undefined): Reading {
  const reading: Reading = {
    arrivedAt: clock.epochNow(),
    body: readCopy(response, { clock, cancellation }),
    classifications: new Map(),
  };
  readings.set(response, reading);
  return reading;
}

async function judge(
  response: Response,
  reading: Reading,
  catalog: ClassifyOptions['catalog'],
  now: number,
): Promise<Classification> {
  const body = await reading.body;
  return classifyFailure(
    { status: response.status, headers: response.headers, body },
    { catalog, now },
  );
}

function readsSuccesses(catalog: Catalog | readonly Catalog[] | undefined): boolean {
  if (catalog === undefined) return false;
  return Array.isArray(catalog)
    ? catalog.some((one: Catalog) => one.errorBodies === 'in-success')
    : (catalog as Catalog).errorBodies === 'in-success';
}
