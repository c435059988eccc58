import type { LeaseRequest } from './lease-messages.ts';
import type { LeaseStore } from './lease-store.ts';
import { leaseQuantum, tokensToBeLate, type LeaseTerms } from './lease-terms.ts';
import { RENEWED_BEFORE_MS, type Reserve } from './reserve.ts';
import type { SlotPool } from './slot-pool.ts';
import type { WaitingCall, WaitingCalls } from './waiting-calls.ts';

/** The facts that an order depends on. */
export interface LeaseOrderSettings {
  readonly terms: LeaseTerms;
  readonly store: LeaseStore;
  readonly pool: SlotPool;
  readonly reserve: Reserve;
  readonly waiting: WaitingCalls<WaitingCall>;
}

/**
 * Works out what a member asks the store for: whole calls, in the order of the line, and tokens for
 * calls that are expected.
 */
export class LeaseOrder {
  readonly #settings: LeaseOrderSettings;
  /** Tokens of the latest turn that were too few for the next call in line: they count for the next turn. */
  #credit = 0;

  constructor(settings: LeaseOrderSettings) {
    this.#settings = settings;
  }

  /** What the first in line needs, with which it may try at a limit that is stopped. */
  ofOneCall(): LeaseRequest & { readonly needed: number } {
    const whole = this.#settings.waiting.nextWeight;
    const needed = whole + tokensToBeLate(this.#settings.terms, whole);
    return { needed, whole, ahead: 0, returned: [] };
  }

  /** The request of this moment; `undefined` where it is not time to ask. */
  next(now: number): LeaseRequest | undefined {
    const { terms, store, waiting } = this.#settings;
    const { time, members, aloneSince } = store;
    const isAlone = aloneSince !== undefined;
    const heaviest = Math.max(store.heaviest, waiting.nextWeight);
    const most = leaseQuantum(terms, members, time.roundTripMs, heaviest);
    const isShort = this.#isShort(now);
    if (isShort && this.#isLastLeaseInUse(now)) {
      const order = this.#ofLine(most, isAlone, now);
      return { ...order, ahead: Math.max(this.#expected(most, now) - order.needed, 0) };
    }
    // While it is alone it asks in order to know when it is not.
    const order = this.ofOneCall();
    const needed = isAlone ? order.needed : 0;
    const ahead = Math.max(this.#expected(most, now) - needed, 0);
    return needed > 0 || (!isShort && ahead > 0) ? { ...order, needed, ahead } : undefined;
  }

  /**
   * Tokens for the first in line for whom too little is held, for as many as `most` allows. What is
   * too little for a call of several tokens would expire before the rest of them is due, so the store
   * gets it back.
   */
  #ofLine(most: number, isAlone: boolean, now: number): Omit<LeaseRequest, 'ahead'> {
    const { terms, store, pool, waiting } = this.#settings;
    const startsAt = pool.nextAt(store.time.of(now), waiting.nextWeight);
    const held = startsAt === undefined ? 0 : pool.left;
    const allowed = most + this.#credit;
    this.#credit = 0;
    let [kept, needed, whole] = [0, 0, 1];
    for (const { weight } of waiting) {
      if (needed === 0 && kept + weight <= held) {
        kept += weight;
        continue;
      }
      if (needed > 0 && needed + weight > allowed) {
        this.#credit = allowed - needed;
        break;
      }
      if (needed === 0) whole = weight;
      needed += weight;
    }
    const returned = isAlone || whole === 1 ? [] : pool.giveUp(-Infinity, kept);
    return { needed: needed + tokensToBeLate(terms, whole), whole, returned };
  }

  /** Whether those who wait need more than is held. */
  #isShort(now: number): boolean {
    const { store, pool, waiting } = this.#settings;
    if (waiting.length === 0) return false;
    if (waiting.tokens > pool.left) return true;
    return pool.nextAt(store.time.of(now), waiting.nextWeight) === undefined;
  }

  /** Tokens for calls that may come, if it is time to ask for them. */
  #expected(most: number, now: number): number {
    const { store, pool, reserve } = this.#settings;
    if (!reserve.isLow(pool.left, now)) return 0;
    return Math.min(reserve.expected(now, store.time.roundTripMs), most);
  }

  /** Whether nothing is held but what is being used: a member holds one more lease at most. */
  #isLastLeaseInUse(now: number): boolean {
    const { terms, store, pool, waiting } = this.#settings;
    const serverNow = store.time.of(now);
    const startsAt = pool.nextAt(serverNow, waiting.nextWeight);
    if (startsAt === undefined || startsAt <= serverNow) return true;
    const lastsMs = pool.endsAt - terms.validMs - serverNow;
    return lastsMs < 1.5 * store.time.roundTripMs + RENEWED_BEFORE_MS;
  }
}
