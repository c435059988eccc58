import type { AnnouncedLimit } from '../../core/outcome-reader.ts';
import { AnnouncedWindow } from './announced-window.ts';

/** No server announces more at once; what comes beyond is not looked at. */
const MAX_LIMITS = 8;
/** A timer is a millisecond or two late: up to so much is made up for. */
const MADE_UP_FOR_MS = 10;

/** More routes than this, and limits count for all of them. */
const MAX_ROUTES = 32;

/** Of which answer an announcement is a part. */
export interface AnnouncedBy {
  readonly route: string;
  readonly isThrottled: boolean;
}

/** The pace that keeps to all limits that a server announces. */
export class AnnouncedPace {
  readonly #limits = new Map<string, AnnouncedWindow>();
  /** The routes whose answers announce them. */
  readonly #routes = new Set<string>();
  #nextAt = -Infinity;
  #inFlight = 0;

  /** The moment from which it says nothing any more. */
  get endsAt(): number {
    let latest = -Infinity;
    for (const { endsAt } of this.#limits.values()) latest = Math.max(latest, endsAt);
    return latest;
  }

  /** The pace, per second; `Infinity` where nothing is held back. */
  ratePerSecond(now: number): number {
    let least = Infinity;
    for (const limit of this.#limits.values()) least = Math.min(least, limit.ratePerSecond(now));
    return least;
  }

  /** The moment at which one with `ahead` others before it may start, as far as can be told. */
  freeAt(now: number, ahead: number): number {
    return this.dueAt(now) + (ahead * 1000) / this.ratePerSecond(now);
  }

  /** The moment until which nobody may start, unless an answer comes sooner. */
  dueAt(now: number): number {
    let dueAt = this.ratePerSecond(now) === Infinity ? now : Math.max(this.#nextAt, now);
    for (const { holdsUntil } of this.#limits.values()) dueAt = Math.max(dueAt, holdsUntil);
    return dueAt;
  }

  /**
   * Whether calls of a route have to keep to it: some server announces nothing but the limit of one
   * endpoint.
   */
  binds(route: string): boolean {
    return this.#routes.has(route) || this.#routes.size >= MAX_ROUTES;
  }

  /** One starts whose route is not bound. */
  passedBy(): void {
    this.#inFlight += 1;
  }

  started(now: number): void {
    this.#inFlight += 1;
    for (const limit of this.#limits.values()) limit.started();
    const intervalMs = 1000 / this.ratePerSecond(now);
    this.#nextAt = Math.max(this.#nextAt, now - MADE_UP_FOR_MS) + intervalMs;
  }

  /** One is back, or was never sent. */
  ended(): void {
    this.#inFlight = Math.max(this.#inFlight - 1, 0);
  }

  heard(
    now: number,
    announced: readonly AnnouncedLimit[],
    roundTripMs: number,
    { route, isThrottled }: AnnouncedBy,
  ): void {
    for (const one of announced) {
      let limit = this.#limits.get(one.name);
      if (limit === undefined) {
        // A throttle alone does not say whom its limit is for; its hint and the pacer see to it.
        if (isThrottled || this.#limits.size === MAX_LIMITS) continue;
        this.#limits.set(one.name, (limit = new AnnouncedWindow()));
      }
      limit.heard(now, one, this.#inFlight, roundTripMs);
      if (this.#routes.size < MAX_ROUTES) this.#routes.add(route);
    }
    this.#nextAt = Math.min(this.#nextAt, now + 1000 / this.ratePerSecond(now));
  }
}
