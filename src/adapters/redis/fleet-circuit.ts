import type { Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import {
  CircuitLine,
  type Gatekeeper,
  type Waiter,
} from '../../policies/circuit-breaker/circuit-line.ts';
import type { Admission } from '../../policies/circuit-breaker/in-flight.ts';
import { Outage, patienceInFlightMs } from '../../policies/circuit-breaker/outage.ts';
import type { AwaitedCircuit } from '../../policies/circuit-breaker/wait-for-circuit.ts';
import { Lease, RELEASED } from './circuit-lease.ts';
import type { FleetNews } from './fleet-news.ts';

/** The store, as those who wait need it. */
export interface FleetStore {
  readonly isAsking: boolean;
  /** When the answer is overdue that is waited for. */
  readonly dueAt: number;
  /** Notes whether it is. */
  check(now: number): void;
  /** Asks at the end of this turn: calls that come together ask once. */
  askSoon(): void;
}

/** The news that the circuit of a fleet is told. */
export interface FleetSettings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly attemptTimeoutMs: number;
  /** How long an answer of the store is waited for, in milliseconds. */
  readonly timeoutMs: number;
}

/** How many may wait. */
const MOST_WAITING = 1000;
/** Where nobody knows better, it is worth coming back after so many milliseconds. */
const COME_BACK_MS = 250;
/** Questions of a fleet are spread over so much more than the time that the store names. */
const SPREAD = 0.25;

/**
 * The circuit of a fleet, as long as this process follows it: the store says who may go, and the
 * others wait a moment. Asks only while somebody waits, and no more often than the store says.
 */
export class FleetCircuit implements Gatekeeper<Lease>, AwaitedCircuit<Lease> {
  readonly #settings: FleetSettings;
  readonly #store: FleetStore;
  readonly #line: CircuitLine<Lease>;
  #news: FleetNews | undefined;
  #outage: Outage | undefined;
  #granted = 0;
  #inFlight = 0;
  #askAt = -Infinity;
  /** Whether somebody's question is to be answered. */
  #asks = false;

  constructor(settings: FleetSettings, store: FleetStore) {
    this.#settings = settings;
    this.#store = store;
    this.#line = new CircuitLine<Lease>(settings.clock, this);
  }

  /** How it stands; `undefined` while this process goes by its own circuit. */
  get news(): FleetNews | undefined {
    return this.#news;
  }

  get because(): Classification | undefined {
    return this.#news?.isByHand ? undefined : this.#outage?.because;
  }

  get waiting(): number {
    return this.#line.length;
  }

  longestWaitMs(now: number): number {
    return this.#line.longestWaitMs(now);
  }

  /** Goes by the fleet from now on: nobody passes but whom the store lets go. */
  follow(news: FleetNews, because: Classification | undefined, isTimeOut: boolean, now: number) {
    this.#outage = new Outage(now - news.ageMs, because);
    this.#outage.isRefusing = !isTimeOut;
    this.#inFlight = 0;
    return this.heed(news, now);
  }

  /**
   * Takes in what the store says.
   *
   * @returns how many were let go that nobody waits for any more
   */
  heed(news: FleetNews, now: number): number {
    this.#news = news;
    this.#asks = false;
    const { random } = this.#settings;
    this.#askAt = now + news.retryAfterMs * (1 + SPREAD * random());
    this.#granted = news.granted;
    this.#line.serve(now);
    const left = this.#granted;
    this.#granted = 0;
    // There was room, and perhaps there is more.
    if (news.granted > 0 && news.state === 'half-open' && this.waiting > 0) this.#ask(now);
    return left;
  }

  /** A probe has failed, or a place was lost. */
  failed(because: Classification): void {
    if (this.#outage) this.#outage.because = because;
  }

  /** Goes by its own circuit from now on. Those who wait go on with that one. */
  release(): void {
    this.#news = undefined;
    this.#outage = undefined;
    this.#asks = false;
    // It may be the line itself that has found the store wanting.
    queueMicrotask(() => this.#line.serve(this.#settings.clock.now()));
  }

  /** The store could not be asked. */
  notAsked(now: number): void {
    this.#asks = false;
    this.#askAt = now + COME_BACK_MS;
  }

  /** For how long nobody will be let through, in milliseconds; `Infinity` by hand. */
  refusesForMs(now: number): number {
    const { state, isByHand } = this.#news ?? {};
    if (isByHand) return Infinity;
    return state === 'open' && !this.#asks ? Math.max(this.#askAt - now, 0) : 0;
  }

  retryAfterMs(now: number): number {
    return this.refusesForMs(now) || COME_BACK_MS;
  }

  /** For how long it is of no use even to wait in line, in milliseconds. */
  hopelessForMs(now: number): number {
    if (this.#inFlight > 0 || this.#asks) return 0;
    return Math.max(this.refusesForMs(now) - this.patienceMs(now), 0);
  }

  isWorthWaiting(now: number): boolean {
    return this.patienceMs(now) > 0 && this.hopelessForMs(now) === 0 && this.waiting < MOST_WAITING;
  }

  patienceMs(now: number): number {
    const { attemptTimeoutMs, timeoutMs } = this.#settings;
    const askingMs = this.#asks ? timeoutMs : 0;
    if (this.#news === undefined) return Infinity;
    if (this.#news.isByHand) return askingMs;
    if (this.#news.state === 'half-open') return patienceInFlightMs(attemptTimeoutMs);
    return Math.max(this.#outage?.patienceMs(attemptTimeoutMs, now) ?? 0, askingMs);
  }

  get opensAt(): number {
    if (this.#news === undefined || this.#granted > 0) return -Infinity;
    return this.#asks && this.#store.isAsking ? this.#store.dueAt : this.#askAt;
  }

  /** Another call has come; it is let through if it need not wait. */
  enter(admission: Admission, now: number): Lease | undefined {
    this.#line.serve(now);
    return this.waiting > 0 ? undefined : this.take(admission, now);
  }

  take(_admission: Admission, now: number): Lease | undefined {
    this.#store.check(now);
    if (this.#news === undefined) return RELEASED;
    if (this.#granted > 0) {
      this.#granted -= 1;
      this.#inFlight += 1;
      return new Lease(this.#news.generation, this.#news.cut);
    }
    if (now >= this.#askAt && !this.#asks) this.#ask(now);
    return undefined;
  }

  /** An attempt that was let through has ended. */
  ended(): void {
    this.#inFlight = Math.max(this.#inFlight - 1, 0);
  }

  join(waiter: Waiter<Lease>, now: number): boolean {
    if (!this.isWorthWaiting(now)) return false;
    if (now + this.refusesForMs(now) >= waiter.leavesAt) return false;
    this.#line.join(waiter, now);
    return true;
  }

  leave(waiter: Waiter<Lease>): void {
    this.#line.leave(waiter);
  }

  #ask(now: number): void {
    this.#asks = true;
    this.#askAt = now + COME_BACK_MS;
    this.#store.askSoon();
  }
}
