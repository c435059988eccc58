import type { Clock } from '../../core/clock.ts';
import { Demand } from './demand.ts';
import { FleetStop } from './fleet-stop.ts';
import {
  LeaseStore,
  type Grant,
  type LeaseListener,
  type LeaseRequest,
  type LeaseStoreSettings,
} from './lease-store.ts';
import { leaseQuantum, roundMs, type LeaseTerms } from './lease-terms.ts';
import { LocalShare } from './local-share.ts';
import { ServerSigns } from './server-signs.ts';
import { NOTHING, SlotPool } from './slot-pool.ts';
import type { Slots } from './slots.ts';
import type { StoreErrorKind } from './store-errors.ts';
import { WaitingCalls, type WaitingCall } from './waiting-calls.ts';

/** The way to treat calls while the store does not do its work. */
export type OnStoreError = 'local-share' | 'fail-open' | 'fail-closed';

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
export interface SharedLimitListener extends Pick<LeaseListener, 'failed' | 'recovered'> {
  /** Several members have found that the server accepts nothing. */
  stopped(stop: FleetStop): void;
  /** The server accepts again. */
  resumed(stoppedMs: number): void;
}

/** What a lease is used for needs to be more than this many tokens, or a question a call is as good. */
const WORTH_A_LEASE = 2;
/** More is asked for than was used lately: a little more may come. */
const RESERVE = 1.2;
/** A lease is renewed so long before its end, besides what the store takes to answer. */
const RENEWED_BEFORE_MS = 10;
/** A slot so short-lived is not worth holding for a call that may come. */
const SHORTEST_HELD_MS = 20;

/** One limit that this process shares with others: the slots that it holds, and those who wait. */
export class SharedLimit {
  readonly store: LeaseStore;
  readonly #clock: Clock;
  readonly #terms: LeaseTerms;
  readonly #onStoreError: OnStoreError;
  readonly #pool: SlotPool;
  readonly #demand: Demand;
  readonly #waiting: WaitingCalls<Applicant>;
  readonly #listener: SharedLimitListener;
  readonly #random: () => number;
  readonly #signs = new ServerSigns();
  #stop: FleetStop | undefined;
  /** Whether one call may go although the limit is stopped: it is this member's turn to try. */
  #holdsProbe = false;
  /** Whether a member has told of throttles that nothing accepted has contradicted. */
  #isInTrouble = false;
  /** From the first failure until the store counts on this member, or one of its slots is used again. */
  #isOnItsOwn = false;
  #localShare: LocalShare | undefined;
  #latestFailure: StoreErrorKind = 'timeout';
  /** With so few slots, or at this moment of the local clock, more are asked for. */
  #lowWater = 0;
  #renewAt = Infinity;
  /** Whether those for whom the latest lease was asked may all have left. */
  #mayHoldTooMuch = false;
  #isServing = false;
  #willServe = false;
  #isClosed = false;

  constructor(settings: SharedLimitSettings, listener: SharedLimitListener) {
    const { clock, terms, random } = settings;
    this.#clock = clock;
    this.#terms = terms;
    this.#onStoreError = settings.onStoreError;
    this.#random = random;
    this.#listener = listener;
    this.#pool = new SlotPool(terms.validMs);
    this.#demand = new Demand(clock.now());
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
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get longestWaitMs(): number {
    return this.#waiting.longestWaitMs;
  }

  /** Why the store does not do its work; `undefined` while it does. */
  get failure(): StoreErrorKind | undefined {
    return this.store.aloneSince === undefined ? undefined : this.#latestFailure;
  }

  /** The stop that members have found out; `undefined` while the server is not known to accept nothing. */
  get stop(): FleetStop | undefined {
    return this.#stop;
  }

  /** An attempt was accepted by the limited server. */
  accepted(startedOn: number, route: string): void {
    const now = this.#clock.now();
    this.#signs.accepted(startedOn, now, route);
    if (this.#isInTrouble) this.#tell(now);
  }

  /**
   * A first try was throttled by the limited server.
   *
   * @param hintMs - the wait that the server named; `undefined` where it named none
   */
  throttled(startedOn: number, route: string, hintMs: number | undefined): void {
    const now = this.#clock.now();
    this.#signs.throttled(startedOn, route, hintMs === undefined ? -Infinity : now + hintMs);
    this.#tell(now);
  }

  /** The stop that somebody who joined the line now would have to wait for in vain. */
  vainStop(leavesAt: number): FleetStop | undefined {
    const now = this.#clock.now();
    // What was heard a while ago may be over: then the store is asked first.
    if (this.#stop === undefined || now >= this.#stop.asksAt) return undefined;
    return this.#stop.isTooLongFor(now, leavesAt) ? this.#stop : undefined;
  }

  /** Lifts a stop by hand, for all members. */
  resume(): void {
    if (this.#stop === undefined) return;
    const now = this.#clock.now();
    this.#signs.accepted(now, now, '');
    this.#noteStop(undefined);
    if (this.store.mayAsk(now)) this.#ask({ needed: 0, ahead: 0, returned: [] }, now);
    this.#serve();
  }

  /** Why a call that comes now is refused; `undefined` where it may wait. */
  get refusal(): string | undefined {
    if (this.#isClosed) return 'the shared limit has been closed';
    if (!this.#isOnItsOwn || this.#onStoreError !== 'fail-closed') return undefined;
    return `the store of the shared limit fails (${this.#latestFailure}), and onStoreError is 'fail-closed'`;
  }

  /** The milliseconds after which a refused call is worth another try; `undefined` where nobody knows. */
  get retryAfterMs(): number | undefined {
    return this.#isClosed ? undefined : Math.max(this.store.dueAt - this.#clock.now(), 0);
  }

  /** Takes the tokens of one call, if they are free and nobody waits for them. */
  tryTake(): Slots | undefined {
    const now = this.#clock.now();
    this.#demand.note(this.#terms.weight);
    if (this.#waiting.length > 0) return undefined;
    const taken = this.#take(now);
    if (this.#pool.left <= this.#lowWater || now >= this.#renewAt) this.#renew(now);
    return taken;
  }

  /**
   * The time after which one that joined the line now can be served, in milliseconds: at the best,
   * with the whole limit for this process.
   */
  leastWaitMs(priority: number): number {
    const { weight, intervalMs } = this.#terms;
    const tokens = (this.#waiting.ahead(priority) + 1) * weight;
    return Math.max(tokens - Math.max(this.#pool.left, this.#terms.burst), 0) * intervalMs;
  }

  /** The time after which one that joined the line now is likely to be served, in milliseconds. */
  likelyWaitMs(priority: number): number {
    const { weight, intervalMs } = this.#terms;
    const lineMs = (this.#waiting.ahead(priority) + 1) * weight * intervalMs * this.store.members;
    return lineMs + (this.#stop?.leftMs(this.#clock.now()) ?? 0);
  }

  join(applicant: Applicant, priority: number): void {
    this.#waiting.join(applicant, priority);
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
    this.#holdsProbe = this.#stop !== undefined;
    if (this.#waiting.length > 0) this.#serve();
  }

  /** Returns what is held, and leaves the limit. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#refuseAll();
    await this.store.leave(this.#pool.giveUp(-Infinity, 0));
  }

  /**
   * Whether a call may go without a slot. What the store gave is used up first: its share and the
   * local one would be two. A store that is back leaves room for the local share.
   */
  get #mayGoAlone(): boolean {
    if (!this.#isOnItsOwn) return false;
    return this.store.aloneSince === undefined || this.#pool.left === 0;
  }

  #take(now: number): Slots | undefined {
    if (this.#stop === undefined) return this.#takeUnstopped(now);
    this.store.check(now);
    const isAlone = this.store.aloneSince !== undefined;
    // Alone it believes the latest that it heard, and goes on from there.
    const mayGo = this.#hasProbe(now) || (isAlone && this.#stop.leftMs(now) === 0);
    const taken = mayGo ? this.#takeUnstopped(now) : undefined;
    if (taken !== undefined) this.#holdsProbe = false;
    return taken;
  }

  #takeUnstopped(now: number): Slots | undefined {
    const { weight } = this.#terms;
    const taken = this.#pool.take(this.store.time.of(now), weight);
    if (taken !== undefined) {
      if (this.#isOnItsOwn && this.store.aloneSince === undefined) this.#join();
      return taken;
    }
    this.store.check(now);
    if (!this.#mayGoAlone || this.#onStoreError === 'fail-closed') return undefined;
    if (this.#onStoreError === 'fail-open') return NOTHING;
    const { ratePerSecond, burst } = this.#terms;
    this.#localShare ??= new LocalShare(ratePerSecond, burst, weight, this.store.members, now);
    return this.#localShare.tryTake(now) ? NOTHING : undefined;
  }

  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    const now = this.#clock.now();
    this.#waiting.dismissLate(now);
    while (this.#waiting.length > 0) {
      const taken = this.#take(now);
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
    const stopped = this.#stoppedUntil(now);
    if (stopped !== undefined) return stopped;
    const { time } = this.store;
    const slotAt = this.#pool.nextAt(time.of(now), this.#terms.weight);
    const servedAt = slotAt === undefined ? Infinity : time.localOf(slotAt);
    const shareAt = this.#mayGoAlone ? (this.#localShare?.dueAt(now) ?? Infinity) : Infinity;
    const askedAt = this.store.dueAt;
    return Math.min(servedAt, shareAt, askedAt > now ? askedAt : Infinity);
  }

  /** When to look again while the limit is stopped; `undefined` where somebody may go all the same. */
  #stoppedUntil(now: number): number | undefined {
    if (this.#stop === undefined || this.#hasProbe(now)) return undefined;
    const { aloneSince, dueAt } = this.store;
    const isAlone = aloneSince !== undefined;
    const moment = isAlone ? now + this.#stop.leftMs(now) : this.#stop.asksAt;
    if (isAlone && moment <= now) return undefined;
    return Math.min(moment > now ? moment : Infinity, dueAt > now ? dueAt : Infinity);
  }

  /** Whether it is this member's turn to try, although the limit is stopped. */
  #hasProbe(now: number): boolean {
    if (!this.#holdsProbe) return false;
    return this.#pool.nextAt(this.store.time.of(now), this.#terms.weight) !== undefined;
  }

  /** Asks the store for more, if it is time. */
  #renew(now: number): void {
    if (this.#isClosed || !this.store.mayAsk(now)) return;
    const { weight } = this.#terms;
    const { time, members, aloneSince } = this.store;
    if (this.#stop !== undefined && aloneSince === undefined) {
      const isDue = this.#waiting.length > 0 && now >= this.#stop.asksAt && !this.#hasProbe(now);
      if (isDue) this.#ask({ needed: weight, ahead: 0, returned: [], probe: weight }, now);
      return;
    }
    const most = leaseQuantum(this.#terms, members, time.roundTripMs);
    const missing = this.#waiting.length * weight - this.#pool.left;
    const isTurn = missing > 0 && this.#isLastLeaseInUse(now);
    // While it is alone it asks in order to know when it is not.
    const needed = isTurn ? Math.min(missing, most) : aloneSince === undefined ? 0 : weight;
    const isLow = this.#pool.left <= this.#lowWater || now >= this.#renewAt;
    const expected = isLow ? Math.min(this.#expected(now, time.roundTripMs), most) : 0;
    const ahead = Math.max(expected - needed, 0);
    if (needed > 0 || (missing <= 0 && ahead > 0)) this.#ask({ needed, ahead, returned: [] }, now);
  }

  /** Tokens that will be used while a lease is valid; 0 where holding them is not worth it. */
  #expected(now: number, roundTripMs: number): number {
    const { validMs } = this.#terms;
    const perMs = this.#demand.perMs(now);
    if (validMs < SHORTEST_HELD_MS + 2 * roundTripMs) return 0;
    const expected = perMs * validMs;
    return expected < WORTH_A_LEASE ? 0 : Math.ceil(expected * RESERVE);
  }

  /** Whether nothing is held but what is being used: a member holds one more lease at most. */
  #isLastLeaseInUse(now: number): boolean {
    const { time } = this.store;
    const serverNow = time.of(now);
    const startsAt = this.#pool.nextAt(serverNow, this.#terms.weight);
    if (startsAt === undefined || startsAt <= serverNow) return true;
    const lastsMs = this.#pool.endsAt - this.#terms.validMs - serverNow;
    return lastsMs < 1.5 * time.roundTripMs + RENEWED_BEFORE_MS;
  }

  /** Asks the store, and tells what the others should know. */
  #ask(request: LeaseRequest, now: number): void {
    this.store.ask({ ...request, signs: this.#signs.tell(now) }, now);
  }

  /** Tells the others at once, if it may change something for them. */
  #tell(now: number): void {
    const { members, time, aloneSince } = this.store;
    if (members === 1 || this.#isClosed || aloneSince !== undefined) return;
    if (!this.store.mayAsk(now)) return;
    const everyMs = roundMs(members, time.roundTripMs);
    const isNews = this.#signs.takeNews(now, { isInTrouble: this.#isInTrouble, everyMs });
    if (isNews) this.#ask({ needed: 0, ahead: 0, returned: [] }, now);
  }

  #noteStop(stop: FleetStop | undefined): void {
    const before = this.#stop;
    this.#stop = stop;
    if (stop === undefined) {
      this.#holdsProbe = false;
      if (before !== undefined) this.#listener.resumed(this.#clock.now() - before.since);
      return;
    }
    if (before === undefined) this.#listener.stopped(stop);
    for (const applicant of [...this.#waiting]) {
      if (!stop.isTooLongFor(applicant.joinedAt, applicant.leavesAt)) continue;
      this.#waiting.leave(applicant);
      applicant.refuse(stop.because, stop.leftMs(this.#clock.now()));
    }
  }

  #granted({ slots, isLearning, trouble }: Grant): void {
    this.#signs.wasHeard();
    this.#isInTrouble = trouble.throttles > 0;
    if (trouble.stop !== undefined || this.#stop !== undefined) {
      const { members } = this.store;
      const heardAt = this.#clock.now();
      if (trouble.stop !== undefined && slots.length > 0) this.#holdsProbe = true;
      this.#noteStop(trouble.stop && new FleetStop(trouble.stop, heardAt, members, this.#random()));
    }
    // Where the store leaves room for it, the local share lasts until the first slot is due.
    if (!isLearning) this.#join();
    for (const lease of slots) this.#pool.add(lease);
    if (this.#mayHoldTooMuch) this.#returnExcess();
    const now = this.#clock.now();
    const { time } = this.store;
    const leadMs = time.roundTripMs + RENEWED_BEFORE_MS;
    const expected = this.#expected(now, time.roundTripMs);
    this.#lowWater = expected === 0 ? 0 : Math.ceil(this.#demand.perMs(now) * leadMs);
    this.#renewAt = expected === 0 ? Infinity : time.localOf(this.#pool.endsAt) - leadMs;
    this.#serve();
    this.#tell(now);
  }

  #failed(kind: StoreErrorKind): void {
    this.#isOnItsOwn = true;
    this.#latestFailure = kind;
    if (this.#waiting.length > 0) this.#serve();
  }

  #join(): void {
    this.#isOnItsOwn = false;
    this.#localShare = undefined;
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
    const returned = this.#pool.giveUp(time.of(now), this.#expected(now, time.roundTripMs));
    this.#mayHoldTooMuch = false;
    if (returned.length > 0) this.#ask({ needed: 0, ahead: 0, returned }, now);
  }
}
