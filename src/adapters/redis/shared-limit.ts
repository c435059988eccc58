import type { Clock } from '../../core/clock.ts';
import { FleetWatch, type FleetListener } from './fleet-watch.ts';
import type { Grant } from './lease-messages.ts';
import { LeaseOrder } from './lease-order.ts';
import { LeaseStore, type LeaseListener, type LeaseStoreSettings } from './lease-store.ts';
import type { LeaseTerms } from './lease-terms.ts';
import { Reserve } from './reserve.ts';
import { NOTHING, SlotPool } from './slot-pool.ts';
import type { Slots } from './slots.ts';
import type { StoreErrorKind } from './store-errors.ts';
import { WaitingCalls, type WaitingCall } from './waiting-calls.ts';
import { WithoutStore, type OnStoreError } from './without-store.ts';

/** A call in line. */
export interface Applicant extends WaitingCall {
  readonly grant: (slots: Slots) => void;
  readonly refuse: (because: string, retryAfterMs: number | undefined) => void;
}

/** What a shared limit is made of. */
export interface SharedLimitSettings extends LeaseStoreSettings {
  readonly onStoreError: OnStoreError;
}

/** What a shared limit has to tell. */
export type SharedLimitListener = Pick<LeaseListener, 'failed' | 'recovered'> & FleetListener;

/** A slot expires after its last moment, not at it. */
const A_MOMENT_MS = 0.01;

/** One limit that this process shares with others: the slots that it holds, and those who wait. */
export class SharedLimit {
  readonly store: LeaseStore;
  /** What the members see of the limited server. */
  readonly fleet: FleetWatch;
  readonly #clock: Clock;
  readonly #terms: LeaseTerms;
  readonly #alone: WithoutStore;
  readonly #pool: SlotPool;
  readonly #reserve: Reserve;
  readonly #waiting: WaitingCalls<Applicant>;
  readonly #order: LeaseOrder;
  /** Whether those for whom the latest lease was asked may all have left. */
  #mayHoldTooMuch = false;
  #isServing = false;
  #willServe = false;
  #isClosed = false;

  constructor(settings: SharedLimitSettings, listener: SharedLimitListener) {
    const { clock, terms } = settings;
    this.#clock = clock;
    this.#terms = terms;
    this.#alone = new WithoutStore(terms, settings.onStoreError);
    this.#pool = new SlotPool(terms);
    this.#reserve = new Reserve(terms.validMs, clock.now());
    this.#waiting = new WaitingCalls<Applicant>(clock, () => this.#serve());
    this.store = new LeaseStore(settings, {
      granted: (grant) => this.#granted(grant),
      failed: (kind, error, retryAfterMs) => {
        listener.failed(kind, error, retryAfterMs);
        // A script that is sent again is no failure.
        if (kind !== 'script-missing') this.#failed(kind);
      },
      recovered: (aloneMs) => listener.recovered(aloneMs),
    });
    const hasTokens = (now: number, weight: number) =>
      this.#pool.nextAt(this.store.time.of(now), weight) !== undefined;
    const { store } = this;
    const held = { pool: this.#pool, reserve: this.#reserve, waiting: this.#waiting };
    this.#order = new LeaseOrder({ terms, store, ...held });
    this.fleet = new FleetWatch({ clock, random: settings.random, store, hasTokens }, listener);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get longestWaitMs(): number {
    return this.#waiting.longestWaitMs;
  }

  /** Why the store does not do its work; `undefined` while it does. */
  get failure(): StoreErrorKind | undefined {
    return this.store.aloneSince === undefined ? undefined : this.#alone.latestFailure;
  }

  /** Lifts a stop by hand, for all members. */
  resume(): void {
    if (this.fleet.stop === undefined) return;
    this.fleet.resume();
    this.#serve();
  }

  /** Why a call that comes now is refused; `undefined` where it may wait. */
  get refusal(): string | undefined {
    if (this.#isClosed) return 'the shared limit has been closed';
    return this.#alone.refusal;
  }

  /** The milliseconds after which a refused call is worth another try; `undefined` where nobody knows. */
  get retryAfterMs(): number | undefined {
    return this.#isClosed ? undefined : Math.max(this.store.dueAt - this.#clock.now(), 0);
  }

  /** Takes the tokens of one call, if they are free and nobody waits for them. */
  tryTake(weight: number): Slots | undefined {
    const now = this.#clock.now();
    this.#reserve.note(weight);
    if (this.#waiting.length > 0) return undefined;
    const taken = this.#take(now, weight);
    if (this.#reserve.isLow(this.#pool.left, now)) this.#renew(now);
    return taken;
  }

  /**
   * The time after which one that joined the line now can be served, in milliseconds: at the best,
   * with the whole limit for this process.
   */
  leastWaitMs(priority: number, weight: number): number {
    const { burst, intervalMs } = this.#terms;
    const tokens = this.#waiting.tokensAhead(priority) + weight;
    return Math.max(tokens - Math.max(this.#pool.left, burst), 0) * intervalMs;
  }

  /** The time after which one that joined the line now is likely to be served, in milliseconds. */
  likelyWaitMs(priority: number, weight: number): number {
    const tokens = this.#waiting.tokensAhead(priority) + weight;
    const lineMs = tokens * this.#terms.intervalMs * this.store.members;
    return lineMs + (this.fleet.stop?.leftMs(this.#clock.now()) ?? 0);
  }

  join(applicant: Applicant): void {
    this.#waiting.join(applicant);
    this.#mayHoldTooMuch = false;
    if (this.#willServe) return;
    this.#willServe = true;
    // Calls that come together ask the store once.
    queueMicrotask(() => {
      this.#willServe = false;
      this.#serve();
    });
  }

  leave(applicant: Applicant): void {
    this.#waiting.leave(applicant);
    if (this.#waiting.length > 0) return;
    this.#mayHoldTooMuch = true;
    this.#returnExcess();
  }

  /** Puts back the tokens of a call that was never sent. */
  giveBack(slots: Slots): void {
    if (slots.count === 0 || this.#isClosed) return;
    this.#pool.add(slots);
    this.fleet.turnIsBack();
    if (this.#waiting.length > 0) this.#serve();
  }

  /** Returns what is held, and leaves the limit. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.fleet.leave();
    this.#refuseAll();
    await this.store.leave(this.#pool.giveUp(-Infinity, 0));
  }

  /**
   * Whether a call may go without a slot. What the store gave is used up first: its share and the
   * local one would be two. A store that is back leaves room for the local share.
   */
  get #mayGoAlone(): boolean {
    if (!this.#alone.isOn) return false;
    return this.store.aloneSince === undefined || this.#pool.left === 0;
  }

  #take(now: number, weight: number): Slots | undefined {
    if (this.fleet.stop === undefined) return this.#takeUnstopped(now, weight);
    this.store.check(now);
    const isHeld = this.fleet.holdsBack(now, weight);
    const taken = isHeld ? undefined : this.#takeUnstopped(now, weight);
    if (taken !== undefined) this.fleet.turnIsTaken();
    return taken;
  }

  #takeUnstopped(now: number, weight: number): Slots | undefined {
    const taken = this.#pool.take(this.store.time.of(now), weight);
    if (taken !== undefined) {
      if (this.#alone.isOn && this.store.aloneSince === undefined) this.#alone.end();
      return taken;
    }
    this.store.check(now);
    if (!this.#mayGoAlone) return undefined;
    return this.#alone.tryTake(now, weight, this.store.members) ? NOTHING : undefined;
  }

  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    const now = this.#clock.now();
    this.#waiting.dismissLate(now);
    while (this.#waiting.length > 0) {
      const taken = this.#take(now, this.#waiting.nextWeight);
      if (taken === undefined) break;
      this.#waiting.shift()?.grant(taken);
    }
    if (this.refusal !== undefined) this.#refuseAll();
    this.#renew(now);
    this.#waiting.wakeAt(this.#nextMoment(now));
    this.#isServing = false;
  }

  /** When somebody in line can be served, or something must be asked or given up. */
  #nextMoment(now: number): number {
    if (this.#waiting.length === 0) return Infinity;
    const weight = this.#waiting.nextWeight;
    const askedAt = this.store.dueAt > now ? this.store.dueAt : Infinity;
    if (this.fleet.holdsBack(now, weight)) return Math.min(this.fleet.looksAt(now), askedAt);
    const { time } = this.store;
    const slotAt = this.#pool.nextAt(time.of(now), weight);
    if (slotAt !== undefined) return Math.min(time.localOf(slotAt), askedAt);
    if (this.#mayGoAlone) return Math.min(this.#alone.dueAt(now, weight), askedAt);
    // Too few are held for this call: once they have expired it may go by the local share.
    const expireAt = this.#alone.isOn ? time.localOf(this.#pool.endsAt) + A_MOMENT_MS : Infinity;
    return Math.min(expireAt, askedAt);
  }

  /** Asks the store for more, if it is time. */
  #renew(now: number): void {
    if (this.#isClosed || !this.store.mayAsk(now)) return;
    if (this.fleet.stop !== undefined && this.store.aloneSince === undefined) {
      if (this.#waiting.length === 0) return;
      if (!this.fleet.shouldAsk(now, this.#waiting.nextWeight)) return;
      const order = this.#order.ofOneCall();
      return this.fleet.ask({ ...order, probe: order.needed }, now);
    }
    const order = this.#order.next(now);
    if (order !== undefined) this.fleet.ask(order, now);
  }

  /** Those who would wait for too long leave, but for the first in line where it may try. */
  #dismissImpatient(): void {
    const { stop } = this.fleet;
    if (stop === undefined) return;
    const now = this.#clock.now();
    const [, ...others] = this.#waiting;
    const isMyTurn = this.fleet.hasTurn(now, this.#waiting.nextWeight);
    for (const applicant of isMyTurn ? others : [...this.#waiting]) {
      if (!stop.isTooLongFor(applicant.joinedAt, applicant.leavesAt)) continue;
      this.#waiting.leave(applicant);
      applicant.refuse(stop.because, stop.leftMs(now));
    }
  }

  #granted({ slots, isLearning, trouble }: Grant): void {
    // Where the store leaves room for it, the local share lasts until the first slot is due.
    if (!isLearning) this.#alone.end();
    for (const lease of slots) this.#pool.add(lease);
    this.fleet.heard(trouble, slots.length > 0);
    this.#dismissImpatient();
    if (this.#mayHoldTooMuch) this.#returnExcess();
    const now = this.#clock.now();
    const { time } = this.store;
    this.#reserve.renewed(time.localOf(this.#pool.endsAt), now, time.roundTripMs);
    this.#serve();
    this.fleet.tell(now);
  }

  #failed(kind: StoreErrorKind): void {
    this.#alone.failed(kind);
    if (this.#waiting.length > 0) this.#serve();
  }

  #refuseAll(): void {
    const because = this.refusal ?? '';
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next.refuse(because, this.retryAfterMs);
    }
    this.#waiting.wakeAt(Infinity);
  }

  /** Those who waited have left: others may have the slots that were asked for them. */
  #returnExcess(): void {
    const now = this.#clock.now();
    const { time } = this.store;
    if (this.#isClosed || !this.store.mayAsk(now) || this.store.aloneSince !== undefined) return;
    const returned = this.#pool.giveUp(time.of(now), this.#reserve.expected(now, time.roundTripMs));
    this.#mayHoldTooMuch = false;
    if (returned.length > 0) this.fleet.ask({ needed: 0, ahead: 0, returned }, now);
  }
}
