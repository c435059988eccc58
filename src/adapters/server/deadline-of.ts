import { systemClock, type Clock } from '../../core/clock.ts';
import { readHeaders } from '../../classify/headers/response-headers.ts';
import {
  objectWith,
  positiveOrInfinity,
  readOptions,
  type Check,
  type Checks,
} from '../../core/options.ts';

/** Where an incoming request says by when it must be answered. */
export interface DeadlineOptions {
  /** The header with a moment: milliseconds since 1970, or a date of RFC 3339. @defaultValue 'x-request-deadline' */
  readonly deadlineHeader?: string | undefined;
  /** The header with a duration: milliseconds, or as gRPC spells it (`250m`, `2S`). @defaultValue 'x-request-timeout-ms' */
  readonly timeoutHeader?: string | undefined;
  /** The most that a client may ask for, in milliseconds; it holds for those that ask for nothing too. @defaultValue Infinity */
  readonly maxMs?: number | undefined;
  /** @defaultValue systemClock */
  readonly clock?: Clock | undefined;
}

/** @see {@link DeadlineOptions} */
export const DEADLINE_DEFAULTS = Object.freeze({
  deadlineHeader: 'x-request-deadline',
  timeoutHeader: 'x-request-timeout-ms',
  maxMs: Infinity,
});

const headerName: Check = {
  expected: 'the name of a header',
  accepts: (value) => typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value),
};

const CHECKS: Checks<DeadlineOptions> = {
  deadlineHeader: headerName,
  timeoutHeader: headerName,
  maxMs: positiveOrInfinity,
  clock: objectWith('now', 'epochNow', 'setTimer'),
};

/** A request of `node:http`, of a framework, or of fetch. */
export interface RequestLike {
  readonly headers: unknown;
}

/**
 * By when a request must be answered, in milliseconds since 1970; `undefined` where it does not say
 * and no `maxMs` is set. `grpc-timeout` is always read as well; the earliest moment counts, and what
 * cannot be read is not there.
 *
 * The clocks of two machines differ: a duration is safer than a moment.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const deadline = deadlineOf(request, { maxMs: 10_000 });
 */
export function deadlineOf(request: RequestLike, options?: DeadlineOptions): number | undefined {
  const { deadlineHeader, timeoutHeader, maxMs, clock } = readOptions(
    'deadlineOf',
    options,
    { ...DEADLINE_DEFAULTS, clock: systemClock },
    CHECKS,
  );
  const headers = readHeaders(request.headers);
  // A header that comes twice arrives as a list.
  const valuesOf = (name: string): readonly string[] =>
    (headers.get(name.toLowerCase()) ?? '').split(',').map((value) => value.trim());
  const moment = leastOf(valuesOf(deadlineHeader).map(readMoment));
  const durationMs = leastOf([
    ...valuesOf(timeoutHeader).map(readDuration),
    ...valuesOf('grpc-timeout').map(readGrpcTimeout),
    maxMs,
  ]);
  const deadline = Math.min(moment, clock.epochNow() + durationMs);
  return deadline === Infinity ? undefined : deadline;
}

const leastOf = (values: readonly (number | undefined)[]): number =>
  Math.min(...values.map((value) => value ?? Infinity));

/** Anything smaller is not of this century in milliseconds, but seconds, or a duration. */
const LEAST_EPOCH_MS = 1e11;
const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

function readMoment(value: string): number | undefined {
  if (!/^\d{1,15}$/.test(value)) return readDate(value);
  return Number(value) >= LEAST_EPOCH_MS ? Number(value) : undefined;
}

function readDate(value: string): number | undefined {
  const [, day, time, fraction = '', zone] = RFC_3339.exec(value) ?? [];
  if (day === undefined || time === undefined || zone === undefined) return undefined;
  const local = `${day}T${time}`;
  const moment = Date.parse(`${local}${fraction}${zone.toUpperCase()}`);
  return Number.isNaN(moment) || !exists(local) ? undefined : moment;
}

/** `Date.parse` takes 30 February for 2 March, and 24:00 for the next day. */
function exists(local: string): boolean {
  const moment = new Date(`${local}Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(local);
}

function readDuration(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : readGrpcTimeout(value);
}

/** gRPC over HTTP/2, "Requests": at most eight digits and a unit. */
const GRPC_TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

function readGrpcTimeout(value: string): number | undefined {
  const [, digits, unit] = GRPC_TIMEOUT.exec(value) ?? [];
  return digits === undefined || unit === undefined
    ? undefined
    : Number(digits) * (UNIT_MS[unit] ?? 1);
}
