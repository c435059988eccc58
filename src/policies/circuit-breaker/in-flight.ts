import type { CircuitState, Failing } from './circuit-state.ts';

/** What a circuit needs to know of an attempt while it is under way. */
export interface Admission {
  readonly record: {
    /** The moment it was sent, on the clock's scale; `undefined` before, in a line further in. */
    readonly startedOn: number | undefined;
    readonly kind: 'first-try' | 'repetition';
  };
  /** Worked out when it is asked for. */
  readonly route: string;
}

/** Takes outcomes in. */
export interface Judge {
  stateAt(): CircuitState;
  answered(place: Place, ranMs: number, isFirstTry: boolean, now: number): void;
  failed(place: Place, failing: Failing, now: number): void;
  ended(place: Place, overdue: Failing | undefined, now: number): void;
}

/** A place, and the circuit that it is in. */
export interface Twin {
  readonly judge: Judge;
  readonly place: Place;
}

/** One attempt that an adaptive circuit has let through. */
export class Place {
  /** `undefined` as soon as the attempt has ended: a list of places must keep no answer alive. */
  admission: Admission | undefined;
  readonly inFlight: InFlight;
  /** Whether it may still turn out to be overdue, has been counted as such, or may not. */
  watch: 'watched' | 'overdue' | 'exempt' = 'watched';
  /** The place of the same attempt in the circuit of its route, where that has one. */
  twin: Twin | undefined = undefined;
  before: Place | undefined;
  after: Place | undefined = undefined;

  constructor(admission: Admission, inFlight: InFlight, before: Place | undefined) {
    this.admission = admission;
    this.inFlight = inFlight;
    this.before = before;
  }
}

/**
 * The attempts that a circuit has let through since its last generation began. A place that is given
 * back names its generation by its list: one of another list is a straggler.
 *
 * The list has one end: a second pointer from old memory to new would cost every call more than the
 * rare walk through all of them.
 */
export class InFlight {
  /** How many places are taken. */
  count = 0;
  #last: Place | undefined = undefined;

  add(admission: Admission): Place {
    const last = this.#last;
    const place = new Place(admission, this, last);
    if (last !== undefined) last.after = place;
    this.#last = place;
    this.count += 1;
    return place;
  }

  /** Gives a place back; does nothing the second time. */
  remove(place: Place): void {
    if (place.admission === undefined) return;
    place.admission = undefined;
    this.count -= 1;
    const { before, after } = place;
    if (after === undefined) this.#last = before;
    else after.before = before;
    if (before !== undefined) before.after = after;
  }

  /**
   * Marks those of the watched that were sent before `moment`.
   *
   * @returns how many they are
   */
  markOverdue(moment: number): number {
    let overdue = 0;
    for (let place = this.#last; place !== undefined; place = place.before) {
      // Where its route has a circuit of its own, it counts there.
      if (place.watch !== 'watched' || place.twin !== undefined) continue;
      if (!wasSentBefore(place, moment)) continue;
      place.watch = 'overdue';
      overdue += 1;
    }
    return overdue;
  }

  /** When the first of those was sent that are watched; `otherwise` if none is. */
  watchedSince(otherwise: number): number {
    let since = otherwise;
    for (let place = this.#last; place !== undefined; place = place.before) {
      if (place.watch === 'watched')
        since = Math.min(since, place.admission?.record.startedOn ?? since);
    }
    return since;
  }

  /** Takes the places of those away that were sent before `moment`. */
  giveUp(moment: number): void {
    for (const place of this) if (wasSentBefore(place, moment)) this.remove(place);
  }

  /** Those in flight, the latest first; they may leave meanwhile. */
  *[Symbol.iterator](): IterableIterator<Place> {
    for (let place = this.#last; place !== undefined; place = place.before) yield place;
  }
}

/** Whether an attempt was sent before `moment`; one that waits further in has not been sent. */
const wasSentBefore = ({ admission }: Place, moment: number): boolean =>
  (admission?.record.startedOn ?? Infinity) < moment;
