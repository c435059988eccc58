/** So many throttles in a row are told at once, … */
const SHORT_RUN = 3;
/** … and each single one where nothing was accepted for so long. */
const SPARSE_MS = 1000;
/** A run on one route, while another one was accepted so lately, is that route's own. */
const OTHER_ROUTE_MS = 10_000;

/** The words of a member to the others. Moments are this process's; `-Infinity` is none. */
export interface ToldSigns {
  /** The start of the latest attempt that was accepted. */
  readonly acceptedOn: number;
  /** How many were throttled in a row since the last time that it told. */
  readonly throttles: number;
  /** The start of the latest of them. */
  readonly throttledOn: number;
  /** The moment at which the server accepts again, as it said itself. */
  readonly namedEnd: number;
}

/** Where the others stand: whether one more sign may change something. */
export interface ToldBefore {
  /** Whether somebody has told of a throttle since the last accepted attempt that was told of. */
  readonly isInTrouble: boolean;
  /** A member tells no more often than this, in milliseconds. */
  readonly everyMs: number;
}

/**
 * What the limited server did with the attempts of this process. It is told with the questions to
 * the store, and by a question of its own where the others should know at once.
 *
 * Attempts count by when they started: one that was accepted says nothing against throttles that
 * came to attempts after it.
 */
export class ServerSigns {
  #acceptedOn = -Infinity;
  #acceptedAt = -Infinity;
  #acceptedRoute: string | undefined;
  /** When a route other than the latest one was last accepted. */
  #otherAcceptedAt = -Infinity;
  #run = 0;
  /** The one route of the run; `undefined` for several. */
  #runRoute: string | undefined;
  #throttledOn = -Infinity;
  #namedEnd = -Infinity;
  #toldOfRun = 0;
  #telling = 0;
  #toldAcceptedOn = -Infinity;
  #newsAt = -Infinity;

  accepted(startedOn: number, now: number, route: string): void {
    if (route !== this.#acceptedRoute) {
      this.#otherAcceptedAt = this.#acceptedAt;
      this.#acceptedRoute = route;
    }
    this.#acceptedAt = now;
    if (startedOn <= this.#acceptedOn) return;
    this.#acceptedOn = startedOn;
    if (this.#run > 0 && startedOn > this.#throttledOn) this.#forgetRun();
  }

  /** @param namedEnd - the moment at which the server accepts again, as it said; `-Infinity` where it did not */
  throttled(startedOn: number, route: string, namedEnd: number): void {
    if (startedOn <= this.#acceptedOn) return;
    if (this.#run === 0) this.#runRoute = route;
    else if (this.#runRoute !== route) this.#runRoute = undefined;
    this.#run += 1;
    this.#throttledOn = Math.max(this.#throttledOn, startedOn);
    this.#namedEnd = namedEnd;
  }

  /** Whether the others should be told now, by a question of its own; then the next one is later. */
  takeNews(now: number, before: ToldBefore): boolean {
    if (!this.#isNews(now, before)) return false;
    this.#newsAt = now;
    return true;
  }

  /** The words of this moment. */
  tell(now: number): ToldSigns {
    const throttles = this.#untold(now);
    this.#telling = this.#toldOfRun + throttles;
    this.#toldAcceptedOn = this.#acceptedOn;
    return {
      acceptedOn: this.#acceptedOn,
      throttles,
      throttledOn: throttles > 0 ? this.#throttledOn : -Infinity,
      namedEnd: throttles > 0 ? this.#namedEnd : -Infinity,
    };
  }

  /** The others know what was told last. */
  wasHeard(): void {
    this.#toldOfRun = Math.min(this.#telling, this.#run);
  }

  #isNews(now: number, { isInTrouble, everyMs }: ToldBefore): boolean {
    const isSoon = now < this.#newsAt + everyMs;
    if (isInTrouble && this.#acceptedOn > this.#toldAcceptedOn) return !isSoon;
    if (this.#untold(now) === 0) return false;
    if (this.#run >= SHORT_RUN && this.#toldOfRun < SHORT_RUN) return true;
    return !isSoon && (isInTrouble || now - this.#acceptedAt > SPARSE_MS);
  }

  #untold(now: number): number {
    const isOfOneRoute =
      this.#runRoute !== undefined && now - this.#othersAcceptedAt(this.#runRoute) < OTHER_ROUTE_MS;
    return isOfOneRoute ? 0 : this.#run - this.#toldOfRun;
  }

  #othersAcceptedAt(route: string): number {
    return route === this.#acceptedRoute ? this.#otherAcceptedAt : this.#acceptedAt;
  }

  #forgetRun(): void {
    this.#run = 0;
    this.#toldOfRun = 0;
    this.#telling = 0;
  }
}
