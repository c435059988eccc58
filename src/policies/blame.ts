/** First tries of one route: how many went well and how many did not. */
interface Tally {
  passed: number;
  failed: number;
}

/** How many routes are remembered for one scope or key. */
const MAX_ROUTES = 32;
/** A route is blamed after so many failures, … */
const FEWEST_FAILURES = 3;
/** … where so many first tries elsewhere have ended, … */
const FEWEST_ELSEWHERE = 10;
/** … and failed less than a quarter as often. */
const FAR_FEWER = 1 / 4;
/** It is blamed no more once the others fail half as often as it does. */
const NEARLY_AS_MANY = 1 / 2;
/** Where too many fail of all, so much of it points at one route. */
const MOST = 3 / 4;
/** Counts are halved after so many first tries, so that old ones fade. */
const HALVED_AFTER = 200;
/** Nothing is remembered once nothing has failed for so long. */
const FORGOTTEN_AFTER_MS = 60_000;

/**
 * Finds out whether failures gather on one route while others pass, and keeps that route's own
 * state. The limiter and the breaker of one scope or key have one each.
 *
 * Only first tries count: a dead route is retried, and would shout the others down. Routes are
 * asked for only while {@link Routes.watching}, so a healthy call pays nothing.
 *
 * @typeParam State - what a blamed route has of its own: a line, a circuit
 */
export class Routes<State> {
  readonly #create: (route: string, failures: number, shareOfPassed: number) => State;
  readonly #endsAt: (state: State) => number;
  readonly #tallies = new Map<string, Tally>();
  readonly #own = new Map<string, State>();
  #passed = 0;
  #failed = 0;
  #run = 0;
  /** The route on which all of the run failed; empty if there were several, or it has no name. */
  #runRoute = '';
  #lastFailedAt = -Infinity;

  /**
   * @param create - makes the state of a route that is blamed; `failures` is how often it failed in
   * a row if nothing of it is known to have passed, else 0; `shareOfPassed` how much of all that
   * passed is of it, from 0 to 1
   * @param endsAt - the moment from which that state says nothing; -Infinity if it says nothing now
   */
  constructor(
    create: (route: string, failures: number, shareOfPassed: number) => State,
    endsAt: (state: State) => number,
  ) {
    this.#create = create;
    this.#endsAt = endsAt;
  }

  /** Whether something has failed lately, so that the routes of others are of interest. */
  get watching(): boolean {
    return this.#tallies.size > 0 || this.#own.size > 0;
  }

  /** Whether any route has a state of its own. */
  get blaming(): boolean {
    return this.#own.size > 0;
  }

  /** The state of its own that a route has. */
  of(route: string): State | undefined {
    return this.#own.get(route);
  }

  entries(): IterableIterator<[string, State]> {
    return this.#own.entries();
  }

  /** A first try went well. To be called while {@link Routes.watching}. */
  passed(route: string, now: number): void {
    this.#run = 0;
    if (now - this.#lastFailedAt > FORGOTTEN_AFTER_MS) this.#forgetWhatEnded();
    if (!this.watching) return;
    this.#passed += 1;
    const tally = this.#tallies.get(route) ?? this.#newTallyIfRoom(route);
    if (tally !== undefined) tally.passed += 1;
    this.#fade();
  }

  /**
   * A first try failed.
   *
   * @returns the state of its route, if that is to blame alone
   */
  failed(route: string, now: number): State | undefined {
    this.#lastFailedAt = now;
    this.#runRoute = this.#run === 0 || this.#runRoute === route ? route : '';
    this.#run += 1;
    this.#failed += 1;
    // What has no name cannot be told from the others.
    if (route === '') return undefined;
    const tally = this.#tallyOf(route);
    tally.failed += 1;
    this.#fade();
    const own = this.#own.get(route);
    if (own !== undefined) {
      if (this.#failsFarMore(tally, NEARLY_AS_MANY)) return own;
      this.#own.delete(route);
      return undefined;
    }
    const isBlamed =
      tally.failed >= FEWEST_FAILURES &&
      this.#elsewhere(tally) >= FEWEST_ELSEWHERE &&
      this.#failsFarMore(tally, FAR_FEWER);
    return isBlamed ? this.#blame(route, tally) : undefined;
  }

  /**
   * There were too many failures: blames the one route that they are of, if there is one. What fails
   * on one route says nothing of the others, whether or not they are called.
   *
   * @param which - whether too many have failed in a row, or of all
   */
  singleOut(which: 'run' | 'ratio'): State | undefined {
    const route = which === 'run' ? this.#runRoute : this.#routeOfMost();
    if (!route || this.#own.has(route)) return undefined;
    return this.#blame(route, this.#tallyOf(route));
  }

  /** Forgets everything. */
  clear(): void {
    this.#tallies.clear();
    this.#own.clear();
    this.#passed = 0;
    this.#failed = 0;
    this.#run = 0;
    this.#runRoute = '';
  }

  /** The route that most failures are of which nothing else accounts for. */
  #routeOfMost(): string | undefined {
    let unexplained = this.#failed;
    for (const route of this.#own.keys()) unexplained -= this.#tallies.get(route)?.failed ?? 0;
    for (const [route, { failed }] of this.#tallies) {
      const isMost = failed >= FEWEST_FAILURES && failed >= MOST * unexplained;
      if (isMost && !this.#own.has(route)) return route;
    }
    return undefined;
  }

  #blame(route: string, { passed, failed }: Tally): State {
    const state = this.#create(
      route,
      passed === 0 ? failed : 0,
      passed / Math.max(this.#passed, 1),
    );
    if (this.#own.size >= MAX_ROUTES) this.#forgetSoonest();
    this.#own.set(route, state);
    return state;
  }

  #elsewhere({ passed, failed }: Tally): number {
    return this.#passed + this.#failed - passed - failed;
  }

  #failsFarMore(tally: Tally, by: number): boolean {
    const elsewhere = this.#elsewhere(tally);
    if (elsewhere === 0) return by === NEARLY_AS_MANY;
    const share = tally.failed / (tally.passed + tally.failed);
    return (this.#failed - tally.failed) / elsewhere < by * share;
  }

  #tallyOf(route: string): Tally {
    let tally = this.#tallies.get(route);
    if (tally === undefined) {
      if (this.#tallies.size >= MAX_ROUTES) this.#forgetTheLeast();
      this.#tallies.set(route, (tally = { passed: 0, failed: 0 }));
    }
    return tally;
  }

  // What passes is counted by route too: else what a route passed before it failed would count as
  // of the others. It makes no room for itself.
  #newTallyIfRoom(route: string): Tally | undefined {
    if (route === '' || this.#tallies.size >= MAX_ROUTES) return undefined;
    return this.#tallyOf(route);
  }

  #fade(): void {
    if (this.#passed + this.#failed < HALVED_AFTER) return;
    this.#passed /= 2;
    this.#failed /= 2;
    for (const [route, tally] of this.#tallies) {
      tally.passed /= 2;
      tally.failed /= 2;
      if (tally.failed + tally.passed < 1 / 2 && !this.#own.has(route)) this.#tallies.delete(route);
    }
  }

  #forgetTheLeast(): void {
    let least: string | undefined;
    let failures = Infinity;
    for (const [route, { failed }] of this.#tallies) {
      if (failed >= failures || this.#own.has(route)) continue;
      least = route;
      failures = failed;
    }
    if (least !== undefined) this.#tallies.delete(least);
    else this.#forgetSoonest();
  }

  #forgetSoonest(): void {
    let soonest: string | undefined;
    let first = Infinity;
    for (const [route, state] of this.#own) {
      const endsAt = this.#endsAt(state);
      if (endsAt >= first && soonest !== undefined) continue;
      soonest = route;
      first = endsAt;
    }
    if (soonest === undefined) return;
    this.#own.delete(soonest);
    this.#tallies.delete(soonest);
  }

  #forgetWhatEnded(): void {
    for (const [route, state] of this.#own) {
      if (this.#endsAt(state) === -Infinity) this.#own.delete(route);
    }
    for (const route of this.#tallies.keys()) {
      if (!this.#own.has(route)) this.#tallies.delete(route);
    }
    if (this.#tallies.size > 0) return;
    this.#passed = 0;
    this.#failed = 0;
  }
}
