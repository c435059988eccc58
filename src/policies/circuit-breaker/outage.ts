import type { Classification } from '../../core/classification.ts';
import type { Probed } from './probe-spacing.ts';

/** So long a call waits at most, in milliseconds, … */
const PATIENCE_MS = 3000;
/** … and so much of the attempt time-out while nothing answers: whoever waits longer makes the next queue. */
const PATIENCE_SHARE = 1 / 2;
/** Nobody waits for a server that has been away for so long, in milliseconds. */
const PATIENT_FOR_MS = 30_000;
/** A close that lasted shorter, in milliseconds, was none: the gaps between probes go on growing. */
const LASTING_MS = 5000;

/** A time in which a circuit is not closed. */
export class Outage implements Probed {
  /** When it began; a close that did not last does not end it. */
  readonly since: number;
  /** When it was noticed, the last time. */
  readonly noticedAt: number;
  /** The latest failure that tells of it; `undefined` where nobody knows. */
  because: Classification | undefined;
  /** How many probes have been sent before the circuit was last open. */
  probes: number;
  isRefusing = false;
  /** How many attempts were in flight then, if they were overdue: a false alarm gives them back. */
  inFlight = 1;
  closedAt = Infinity;

  constructor(now: number, because: Classification | undefined, before?: Outage) {
    const goesOn = before !== undefined && now - before.closedAt < LASTING_MS;
    this.since = goesOn ? before.since : now;
    this.noticedAt = now;
    this.because = because;
    this.probes = goesOn ? before.probes : 0;
  }

  /** How long anybody waits for a probe to be answered, in milliseconds. */
  patienceMs(timeoutMs: number, now: number): number {
    if (now - this.noticedAt > PATIENT_FOR_MS) return 0;
    return this.isRefusing ? PATIENCE_MS : Math.min(PATIENCE_MS, PATIENCE_SHARE * timeoutMs);
  }
}

/** How long anybody waits for a place in flight, in milliseconds: the server answers. */
export const patienceInFlightMs = (timeoutMs: number): number => Math.min(PATIENCE_MS, timeoutMs);
