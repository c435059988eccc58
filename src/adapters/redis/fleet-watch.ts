import type { Clock } from '../../core/clock.ts';
import { FleetStop } from './fleet-stop.ts';
import type { LeaseRequest, TroubleReading } from './lease-messages.ts';
import type { LeaseStore } from './lease-store.ts';
import { roundMs } from './lease-terms.ts';
import { ServerSigns } from './server-signs.ts';

/** The fate of a shared limit whose server accepts nothing. */
export interface FleetListener {
  /** Several members have found that the server accepts nothing. */
  stopped(stop: FleetStop): void;
  /** The server accepts again. */
  resumed(stoppedMs: number): void;
}

/** The things that a watch looks at. */
export interface FleetWatchSettings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly store: LeaseStore;
  /** Whether there are tokens for a call that takes so many, now or later. */
  readonly hasTokens: (now: number, weight: number) => boolean;
}

const NEWS_ALONE: LeaseRequest = { needed: 0, ahead: 0, returned: [] };

/**
 * What this member and the others see of the limited server. It tells the others with every question
 * to the store, and keeps the stop that they have agreed on.
 */
export class FleetWatch {
  readonly #settings: FleetWatchSettings;
  readonly #listener: FleetListener;
  readonly #signs = new ServerSigns();
  #stop: FleetStop | undefined;
  /** Whether one call may go although the limit is stopped: it is this member's turn to try. */
  #isMyTurn = false;
  /** Whether a member has told of throttles that nothing accepted has contradicted. */
  #isInTrouble = false;
  #hasLeft = false;

  constructor(settings: FleetWatchSettings, listener: FleetListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  /** The stop that members have agreed on; `undefined` while the server is not known to accept nothing. */
  get stop(): FleetStop | undefined {
    return this.#stop;
  }

  /** An attempt of this member was accepted. */
  accepted(startedOn: number, route: string): void {
    const now = this.#settings.clock.now();
    this.#signs.accepted(startedOn, now, route);
    if (this.#isInTrouble) this.tell(now);
  }

  /**
   * A first try of this member was throttled.
   *
   * @param hintMs - the wait that the server named; `undefined` where it named none
   */
  throttled(startedOn: number, route: string, hintMs: number | undefined): void {
    const now = this.#settings.clock.now();
    this.#signs.throttled(startedOn, route, hintMs === undefined ? -Infinity : now + hintMs);
    this.tell(now);
  }

  /** Lifts the stop by hand: for the others it is as good as an attempt that was accepted. */
  resume(): void {
    const now = this.#settings.clock.now();
    this.#signs.accepted(now, now, '');
    this.#end();
    if (!this.#hasLeft && this.#settings.store.mayAsk(now)) this.ask(NEWS_ALONE, now);
  }

  /** The member leaves the limit: what it sees from now on is no news for the others. */
  leave(): void {
    this.#hasLeft = true;
  }

  /** Asks the store, and tells what the others should know. */
  ask(request: LeaseRequest, now: number): void {
    this.#settings.store.ask({ ...request, signs: this.#signs.tell(now) }, now);
  }

  /** Tells the others at once, if it may change something for them. */
  tell(now: number): void {
    const { store } = this.#settings;
    if (this.#hasLeft) return;
    if (store.members === 1 || store.aloneSince !== undefined || !store.mayAsk(now)) return;
    const everyMs = roundMs(store.members, store.time.roundTripMs);
    const isNews = this.#signs.takeNews(now, { isInTrouble: this.#isInTrouble, everyMs });
    if (isNews) this.ask(NEWS_ALONE, now);
  }

  /**
   * The store has answered.
   *
   * @param isGiven - whether tokens came with it: in a stop those of a call that tries
   */
  heard({ throttles, stop }: TroubleReading, isGiven: boolean): void {
    this.#signs.wasHeard();
    this.#isInTrouble = throttles > 0;
    if (stop === undefined) return this.#end();
    const { clock, random, store } = this.#settings;
    const isNew = this.#stop === undefined;
    this.#stop = new FleetStop(stop, clock.now(), store.members, random());
    if (isGiven) this.#isMyTurn = true;
    if (isNew) this.#listener.stopped(this.#stop);
  }

  /** The call that had the turn was never sent. */
  turnIsBack(): void {
    this.#isMyTurn = this.#stop !== undefined;
  }

  turnIsTaken(): void {
    this.#isMyTurn = false;
  }

  /** Whether it is this member's turn to try, with a call of so many tokens, although the limit is stopped. */
  hasTurn(now: number, weight: number): boolean {
    return this.#isMyTurn && this.#settings.hasTokens(now, weight);
  }

  /** Whether a call is held back by the stop. Without the store the latest that was heard of it holds. */
  holdsBack(now: number, weight: number): boolean {
    if (this.#stop === undefined || this.hasTurn(now, weight)) return false;
    return this.#settings.store.aloneSince === undefined || this.#stop.leftMs(now) > 0;
  }

  /** Whether the store should be asked, by somebody who waits, how the stop stands. */
  shouldAsk(now: number, weight: number): boolean {
    return this.#stop !== undefined && now >= this.#stop.asksAt && !this.hasTurn(now, weight);
  }

  /** When to look again while calls are held back. */
  looksAt(now: number): number {
    if (this.#stop === undefined) return Infinity;
    const isAlone = this.#settings.store.aloneSince !== undefined;
    const moment = isAlone ? now + this.#stop.leftMs(now) : this.#stop.asksAt;
    return moment > now ? moment : Infinity;
  }

  /** The stop for which somebody who comes now would wait in vain. */
  vainStop(now: number, weight: number, leavesAt: number): FleetStop | undefined {
    // A stop of which nothing was heard for a while may be over: then the store is asked first.
    if (this.#stop === undefined || now >= this.#stop.asksAt) return undefined;
    if (this.hasTurn(now, weight)) return undefined;
    return this.#stop.isTooLongFor(now, leavesAt) ? this.#stop : undefined;
  }

  #end(): void {
    if (this.#stop === undefined) return;
    const { since } = this.#stop;
    this.#stop = undefined;
    this.#isMyTurn = false;
    this.#listener.resumed(this.#settings.clock.now() - since);
  }
}
