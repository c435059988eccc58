import { setAlarm, type Clock, type Timer } from '../../core/clock.ts';
import { WaitQueue } from '../../core/wait-queue.ts';
import { LeavingOrder } from '../rate-limit/leaving-order.ts';
import type { Admission, Place } from './in-flight.ts';

/** Somebody who waits to be let through. */
export interface Waiter<Pass = Place> {
  readonly admission: Admission;
  /** Where in line: higher goes first. */
  readonly priority: number;
  /** The last moment at which a place is of use to them, however patient they are. */
  readonly leavesAt: number;
  /** Lets them through. */
  readonly go: (place: Pass) => void;
  /** Tells them that they have waited for as long as anybody does. */
  readonly sendAway: () => void;
}

/** The circuit that they wait for. */
export interface Gatekeeper<Pass = Place> {
  /** Lets an attempt through if there is room for it. */
  take(admission: Admission, now: number): Pass | undefined;
  /** How long anybody may wait now, in milliseconds. */
  patienceMs(now: number): number;
  /** The moment at which the next may go by the mere passing of time; `Infinity` where none may. */
  readonly opensAt: number;
}

/** A waiter in line. */
interface Standing<Pass> {
  readonly waiter: Waiter<Pass>;
  readonly joinedAt: number;
  readonly leavesAt: number;
  hasLeft: boolean;
  /** Where a timer serves one call alone: its own, and when it rings. */
  alarm: Timer | undefined;
  ringsAt: number;
}

/** A waiter whose own timer is so late, in milliseconds, ended with the request that it was set in. */
const GONE_AFTER_MS = 1000;
/** So often, in milliseconds, one who has a timer of its own looks whether there is room. */
const LOOKS_EVERY_MS = 50;

/**
 * Those who wait a moment for a circuit that is not closed: first come, first served within a
 * priority. Patience is the circuit's and changes with its state, so it is asked for anew each time.
 * There is one timer, and only while somebody waits; where a timer ends with the request that set it
 * ({@link Clock.callsPerTimer}) every waiter has its own, and looks for a place by itself.
 */
export class CircuitLine<Pass = Place> {
  readonly #clock: Clock;
  readonly #gatekeeper: Gatekeeper<Pass>;
  readonly #queue = new WaitQueue<Standing<Pass>>();
  readonly #standings = new Map<Waiter<Pass>, Standing<Pass>>();
  readonly #leaving = new LeavingOrder<Standing<Pass>>();
  readonly #waitsAlone: boolean;
  #alarm: Timer | undefined;
  #ringsAt = Infinity;

  constructor(clock: Clock, gatekeeper: Gatekeeper<Pass>) {
    this.#clock = clock;
    this.#gatekeeper = gatekeeper;
    this.#waitsAlone = clock.callsPerTimer === 'single';
  }

  get length(): number {
    if (this.#waitsAlone) this.#forgetGone(this.#clock.now());
    return this.#queue.length;
  }

  /** How long the first to come has waited, in milliseconds. */
  longestWaitMs(now: number): number {
    let joinedAt = now;
    for (const first of this.#queue.firsts()) joinedAt = Math.min(joinedAt, first.joinedAt);
    return now - joinedAt;
  }

  join(waiter: Waiter<Pass>, now: number): void {
    const { leavesAt } = waiter;
    const standing: Standing<Pass> = {
      waiter,
      joinedAt: now,
      leavesAt,
      hasLeft: false,
      alarm: undefined,
      ringsAt: Infinity,
    };
    this.#standings.set(waiter, standing);
    this.#queue.join(standing, waiter.priority);
    if (this.#waitsAlone) return this.#waitAlone(standing, now);
    if (leavesAt < Infinity) this.#leaving.add(standing);
    this.#arm(now);
  }

  leave(waiter: Waiter<Pass>): void {
    const standing = this.#standings.get(waiter);
    if (standing === undefined) return;
    this.#remove(standing);
    if (this.#queue.length === 0) this.#disarm();
  }

  /** Something has changed: sends away who has waited too long, and lets through who may go. */
  serve(now: number): void {
    if (this.#waitsAlone || this.#queue.length === 0) return;
    this.#sendAwayImpatient(now);
    const probe = this.#gatekeeper.opensAt <= now ? this.#firstTry() : undefined;
    if (probe !== undefined) this.#letThrough(probe, now);
    for (const standing of this.#queue) {
      if (!this.#letThrough(standing, now)) break;
    }
    this.#arm(now);
  }

  /** The one to send as a probe, which is likely to fail: a call that has been tried before has less to spare. */
  #firstTry(): Standing<Pass> | undefined {
    for (const standing of this.#queue) {
      if (standing.waiter.admission.record.kind === 'first-try') return standing;
    }
    return undefined;
  }

  #letThrough(standing: Standing<Pass>, now: number): boolean {
    const place = this.#gatekeeper.take(standing.waiter.admission, now);
    if (place === undefined) return false;
    this.#remove(standing);
    standing.waiter.go(place);
    return true;
  }

  #sendAwayImpatient(now: number): void {
    const patienceMs = this.#gatekeeper.patienceMs(now);
    for (const first of this.#queue.firsts()) {
      for (
        let next: Standing<Pass> | undefined = first;
        next !== undefined && next.joinedAt + patienceMs <= now;
        next = this.#queue.firstOf(next.waiter.priority)
      ) {
        this.#sendAway(next);
      }
    }
    for (let next = this.#leaving.first; next !== undefined; next = this.#leaving.first) {
      if (!next.hasLeft && next.leavesAt > now) break;
      this.#leaving.removeFirst();
      if (!next.hasLeft) this.#sendAway(next);
    }
  }

  #sendAway(standing: Standing<Pass>): void {
    this.#remove(standing);
    standing.waiter.sendAway();
  }

  #remove(standing: Standing<Pass>): void {
    standing.hasLeft = true;
    standing.alarm?.cancel();
    this.#standings.delete(standing.waiter);
    this.#queue.leave(standing);
    if (this.#queue.length === 0) this.#leaving.clear();
  }

  #waitAlone(standing: Standing<Pass>, now: number): void {
    const { waiter, joinedAt, leavesAt } = standing;
    const goneAt = Math.min(leavesAt, joinedAt + this.#gatekeeper.patienceMs(now));
    const ring = () => {
      const then = this.#clock.now();
      const place = this.#gatekeeper.take(waiter.admission, then);
      if (place === undefined && then < goneAt) return this.#waitAlone(standing, then);
      if (place === undefined) return this.#sendAway(standing);
      this.#remove(standing);
      waiter.go(place);
    };
    const { opensAt } = this.#gatekeeper;
    const looksAt = opensAt < Infinity ? Math.max(opensAt, now + 1) : now + LOOKS_EVERY_MS;
    standing.ringsAt = Math.min(looksAt, goneAt);
    standing.alarm = setAlarm(this.#clock, ring, standing.ringsAt);
  }

  #forgetGone(now: number): void {
    for (const standing of this.#standings.values()) {
      if (standing.ringsAt + GONE_AFTER_MS <= now) this.#remove(standing);
    }
  }

  #arm(now: number): void {
    if (this.#queue.length === 0) return this.#disarm();
    while (this.#leaving.first?.hasLeft) this.#leaving.removeFirst();
    let ringsAt = Math.min(this.#gatekeeper.opensAt, this.#leaving.first?.leavesAt ?? Infinity);
    const patienceMs = this.#gatekeeper.patienceMs(now);
    for (const first of this.#queue.firsts()) {
      ringsAt = Math.min(ringsAt, first.joinedAt + patienceMs);
    }
    if (this.#alarm !== undefined && ringsAt === this.#ringsAt) return;
    this.#disarm();
    this.#ringsAt = ringsAt;
    this.#alarm = setAlarm(this.#clock, () => this.#ring(), ringsAt);
  }

  #ring(): void {
    this.#alarm = undefined;
    this.#ringsAt = Infinity;
    this.serve(this.#clock.now());
  }

  #disarm(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#ringsAt = Infinity;
  }
}
