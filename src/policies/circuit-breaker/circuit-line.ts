import type { Clock } from '../../core/clock.ts';
import { WaitQueue } from '../../core/wait-queue.ts';
import { WaitingLine, type Standing } from '../../core/waiting-line.ts';
import type { Admission, Place } from './in-flight.ts';

/** Somebody who waits to be let through. */
export interface Waiter {
  readonly admission: Admission;
  /** Where in line: higher goes first. */
  readonly priority: number;
  /** The last moment at which a place is of use to them, however patient they are. */
  readonly leavesAt: number;
  /** Lets them through. */
  readonly go: (place: Place) => void;
  /** Tells them that they have waited for as long as anybody does. */
  readonly sendAway: () => void;
}

/** The circuit that they wait for. */
export interface Gatekeeper {
  /** Lets an attempt through if there is room for it. */
  take(admission: Admission, now: number): Place | undefined;
  /** How long anybody may wait now, in milliseconds. */
  patienceMs(now: number): number;
  /** The moment at which the next may go by the mere passing of time; `Infinity` where none may. */
  readonly opensAt: number;
}

/** So often, in milliseconds, one who has a timer of its own looks whether there is room. */
const LOOKS_EVERY_MS = 50;

/**
 * Those who wait a moment for a circuit that is not closed: first come, first served within a
 * priority. Patience is the circuit's and changes with its state, so it is asked for anew each time.
 * There is one timer, and only while somebody waits; where a timer ends with the request that set it
 * ({@link Clock.callsPerTimer}) every waiter has its own, and looks for a place by itself.
 */
export class CircuitLine {
  readonly #clock: Clock;
  readonly #gatekeeper: Gatekeeper;
  readonly #line: WaitingLine<Waiter, WaitQueue<Standing<Waiter>>>;

  constructor(clock: Clock, gatekeeper: Gatekeeper) {
    this.#clock = clock;
    this.#gatekeeper = gatekeeper;
    const queue = new WaitQueue<Standing<Waiter>>();
    this.#line = new WaitingLine(clock, queue, () => this.serve(clock.now()));
  }

  get #queue(): WaitQueue<Standing<Waiter>> {
    return this.#line.queue;
  }

  get length(): number {
    this.#line.forgetGone();
    return this.#queue.length;
  }

  /** How long the first to come has waited, in milliseconds. */
  longestWaitMs(now: number): number {
    let joinedAt = now;
    for (const first of this.#queue.firsts()) joinedAt = Math.min(joinedAt, first.joinedAt);
    return now - joinedAt;
  }

  join(waiter: Waiter, now: number): void {
    const standing = this.#line.stand(waiter, now);
    this.#queue.join(standing, waiter.priority);
    if (this.#line.waitsAlone) this.#waitAlone(standing, now);
    else this.#arm(now);
  }

  leave(waiter: Waiter): void {
    if (this.#line.leave(waiter)) this.#line.wakeAt(Infinity);
  }

  /** Something has changed: sends away who has waited too long, and lets through who may go. */
  serve(now: number): void {
    if (this.#line.waitsAlone || this.#queue.length === 0) return;
    this.#sendAwayImpatient(now);
    const probe = this.#gatekeeper.opensAt <= now ? this.#firstTry() : undefined;
    if (probe !== undefined) this.#letThrough(probe, now);
    for (const standing of this.#queue) {
      if (!this.#letThrough(standing, now)) break;
    }
    this.#arm(now);
  }

  /** The one to send as a probe, which is likely to fail: a call that has been tried before has less to spare. */
  #firstTry(): Standing<Waiter> | undefined {
    for (const standing of this.#queue) {
      if (standing.waiter.admission.record.kind === 'first-try') return standing;
    }
    return undefined;
  }

  #letThrough(standing: Standing<Waiter>, now: number): boolean {
    const place = this.#gatekeeper.take(standing.waiter.admission, now);
    if (place === undefined) return false;
    this.#line.remove(standing);
    standing.waiter.go(place);
    return true;
  }

  #sendAwayImpatient(now: number): void {
    const patienceMs = this.#gatekeeper.patienceMs(now);
    for (const first of this.#queue.firsts()) {
      for (
        let next: Standing<Waiter> | undefined = first;
        next !== undefined && next.joinedAt + patienceMs <= now;
        next = this.#queue.firstOf(next.waiter.priority)
      ) {
        this.#sendAway(next);
      }
    }
    this.#line.dismissLate(now, (late) => this.#sendAway(late));
  }

  #sendAway(standing: Standing<Waiter>): void {
    this.#line.remove(standing);
    standing.waiter.sendAway();
  }

  #waitAlone(standing: Standing<Waiter>, now: number): void {
    const { waiter, joinedAt, leavesAt } = standing;
    const goneAt = Math.min(leavesAt, joinedAt + this.#gatekeeper.patienceMs(now));
    const ring = () => {
      const then = this.#clock.now();
      const place = this.#gatekeeper.take(waiter.admission, then);
      if (place === undefined && then < goneAt) return this.#waitAlone(standing, then);
      if (place === undefined) return this.#sendAway(standing);
      this.#line.remove(standing);
      waiter.go(place);
    };
    const { opensAt } = this.#gatekeeper;
    const looksAt = opensAt < Infinity ? Math.max(opensAt, now + 1) : now + LOOKS_EVERY_MS;
    this.#line.wakeAlone(standing, Math.min(looksAt, goneAt), ring);
  }

  #arm(now: number): void {
    let ringsAt = this.#gatekeeper.opensAt;
    const patienceMs = this.#gatekeeper.patienceMs(now);
    for (const first of this.#queue.firsts()) {
      ringsAt = Math.min(ringsAt, first.joinedAt + patienceMs);
    }
    this.#line.wakeAt(ringsAt);
  }
}
