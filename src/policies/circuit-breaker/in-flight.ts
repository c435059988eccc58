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
  /** Whether it has counted as a time-out before it ended. */
  isOverdue = false;
  /** The place of the same attempt in the circuit of its route, where that has one. */
  twin: Twin | undefined = undefined;
  before: Place | undefined = undefined;
  after: Place | undefined = undefined;

  constructor(admission: Admission, inFlight: InFlight) {
    this.admission = admission;
    this.inFlight = inFlight;
  }
}

/**
 * The attempts that a circuit has let through since its last generation began, in this order. A
 * place that is given back names its generation by its list: one of another list is a straggler.
 */
export class InFlight {
  /** How many places are taken. */
  count = 0;
  #first: Place | undefined = undefined;
  #last: Place | undefined = undefined;
  /** The first that has not counted as overdue. */
  #inTime: Place | undefined = undefined;

  /** Whether an attempt may have become overdue. */
  get isWatched(): boolean {
    return this.#inTime !== undefined;
  }

  add(admission: Admission): Place {
    const place = new Place(admission, this);
    const last = this.#last;
    if (last === undefined) this.#first = place;
    else last.after = place;
    place.before = last;
    this.#last = place;
    this.#inTime ??= place;
    this.count += 1;
    return place;
  }

  /** Gives a place back; does nothing the second time. */
  remove(place: Place): void {
    if (place.admission === undefined) return;
    const { before, after } = place;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    if (this.#inTime === place) this.#inTime = after;
    place.before = undefined;
    place.after = undefined;
    place.admission = undefined;
    this.count -= 1;
  }

  /** Those in flight now will not be overdue: they were sent while somebody had to wait. */
  watchNone(): void {
    this.#inTime = undefined;
  }

  /** Marks the next attempt that was sent before `moment`, unless it is marked already. */
  nextOverdue(moment: number): Place | undefined {
    for (let place = this.#inTime; place !== undefined; place = place.after) {
      const startedOn = place.admission?.record.startedOn;
      if (startedOn === undefined || place.isOverdue) continue;
      if (startedOn >= moment) return undefined;
      place.isOverdue = true;
      if (this.#inTime === place) this.#inTime = place.after;
      return place;
    }
    return undefined;
  }

  /** Takes the places of those away that were sent before `moment`. */
  giveUp(moment: number): void {
    let next = this.#first;
    while (next !== undefined) {
      const place = next;
      next = place.after;
      const startedOn = place.admission?.record.startedOn;
      if (startedOn === undefined) continue;
      if (startedOn >= moment) return;
      this.remove(place);
    }
  }

  *[Symbol.iterator](): IterableIterator<Place> {
    for (let place = this.#first; place !== undefined; place = place.after) yield place;
  }
}
