import type { Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import { UsageLimit, type Share } from './usage-limit.ts';
import { UsageLine, type UsageWaiter } from './usage-line.ts';
import type { UsageLimitSettings } from './usage-limits-options.ts';
import type { Amounts, AnnouncedUsage, UsageRequest } from './usage-source.ts';

/** What one attempt takes of each limit. */
export interface Order {
  /** The scope whose limits they are. */
  readonly usage: ScopeUsage;
  readonly shares: readonly Share[];
  /** The units of each share. */
  readonly units: readonly number[];
  takenOn: number;
}

/** Somebody in line, with what they are going to take. */
export interface OrderInLine extends UsageWaiter, Order {}

/** The server has said that it accepts nothing up to a moment. */
export interface Hold {
  readonly until: number;
  /** The answer that said so. */
  readonly because: Classification;
}

/** A limit of which more is left is not what the server throttles for. */
const BLAMED_BELOW = 1 / 2;

/** The limits of one scope, and the line of those who wait for them. */
export class ScopeUsage {
  /** The key of its calls. */
  key: string | undefined = undefined;
  readonly limits: readonly UsageLimit[];
  readonly line: UsageLine<OrderInLine>;
  readonly #clock: Clock;
  #hold: Hold | undefined;
  #slowedOn = -Infinity;
  /** Whether a call that began after it was slowed down has been accepted. */
  #isAnswered = true;

  constructor(clock: Clock, limits: readonly UsageLimitSettings[]) {
    this.#clock = clock;
    this.limits = limits.map((settings) => new UsageLimit(settings));
    this.line = new UsageLine<OrderInLine>(clock, this);
  }

  /** Whether forgetting it loses nothing. */
  get isIdle(): boolean {
    const now = this.#clock.now();
    const isFull = this.limits.every(({ quota }) => quota.isFull(now));
    return isFull && this.line.length === 0 && this.hold === undefined;
  }

  /** The hold that is on, if one is. */
  get hold(): Hold | undefined {
    if (this.#hold !== undefined && this.#hold.until <= this.#clock.now()) this.#hold = undefined;
    return this.#hold;
  }

  /** What a call is going to take; what its caller says of its weight comes before what is estimated. */
  orderOf({ weight }: Context, request: () => UsageRequest): Order {
    const estimates = new Map<unknown, Amounts | undefined>();
    let asked: UsageRequest | undefined;
    const shares = this.limits.map((limit) => {
      const { cost } = limit.settings;
      if (cost === undefined) return limit.shareOf(1);
      if (weight !== undefined) return limit.shareOf(weight);
      if (!estimates.has(cost)) estimates.set(cost, cost((asked ??= request())));
      return limit.shareOf(estimates.get(cost));
    });
    return { usage: this, shares, units: shares.map(({ units }) => units), takenOn: 0 };
  }

  /** The limit that a call can never keep to: it costs more than there ever is at once. */
  tooSmallFor({
    shares,
  }: Order): { readonly limit: UsageLimit; readonly share: Share } | undefined {
    for (const [index, limit] of this.limits.entries()) {
      const share = shares[index] as Share;
      if (share.estimate > limit.settings.amount) return { limit, share };
    }
    return undefined;
  }

  freeAt(now: number, units: readonly number[], ahead?: readonly number[]): number {
    let freeAt = Math.max(now, this.#hold?.until ?? now);
    for (const [index, { quota }] of this.limits.entries()) {
      freeAt = Math.max(freeAt, quota.freeAt(now, units[index] ?? 0, ahead?.[index]));
    }
    return freeAt;
  }

  take(now: number, order: Order): void {
    order.takenOn = now;
    this.limits.forEach((limit, index) => limit.take(now, order.shares[index] as Share));
  }

  /** Takes what a call needs, if all of it is there and nobody waits. */
  tryTake(order: Order): boolean {
    const now = this.#clock.now();
    if (this.line.length > 0 || this.freeAt(now, order.units) > now) return false;
    this.take(now, order);
    return true;
  }

  /** Says, once, what a call has used, by the function that was to read it. */
  settle(
    { shares }: Order,
    used: ReadonlyMap<unknown, Amounts | undefined>,
    how?: 'whole' | 'cut-short',
  ): void {
    const now = this.#clock.now();
    this.limits.forEach((limit, index) => {
      const amounts = used.get(limit.settings.settle);
      limit.settle(now, shares[index] as Share, limit.amountIn(amounts), how);
    });
  }

  /**
   * Nothing was done for a call.
   *
   * @param wasSent - whether it reached the server, which counts requests that it refuses too
   */
  giveBack({ shares }: Order, wasSent: boolean): void {
    const now = this.#clock.now();
    this.limits.forEach((limit, index) => {
      const share = shares[index] as Share;
      if (wasSent && limit.settings.unit === 'requests') limit.settle(now, share, undefined);
      else limit.giveBack(now, share);
    });
  }

  /** The answer to a call says what is left. */
  announced(
    announced: readonly AnnouncedUsage[],
    { shares, takenOn }: Order,
    because: Classification,
  ): void {
    const now = this.#clock.now();
    const before = this.hold;
    for (const one of announced) {
      const until = one.resetMs === undefined ? undefined : now + one.resetMs;
      if (one.isRejected && until !== undefined && until > (this.#hold?.until ?? now)) {
        this.#hold = { until, because };
      }
      const index = this.#limitOf(one);
      const limit = this.limits[index];
      if (limit === undefined) continue;
      const remaining =
        one.limit === undefined ? one.remaining * limit.settings.amount : one.remaining;
      limit.announced(now, remaining, until, shares[index] as Share, now - takenOn);
    }
    if (this.#hold !== undefined && this.#hold !== before) this.line.holdUntil(this.#hold.until);
  }

  /**
   * The server throttles a call all the same: it gives less than is configured, or others use it too.
   * The limit of which the smallest share is left, less than half, refills more slowly for a while.
   */
  throttled({ takenOn }: Order): void {
    const now = this.#clock.now();
    // Those that were on their way already do not say it again.
    if (takenOn < this.#slowedOn) return;
    this.#slowedOn = now;
    let least = BLAMED_BELOW;
    let slowed: UsageLimit | undefined;
    for (const limit of this.limits) {
      const share = limit.quota.level(now) / limit.settings.amount;
      if (limit.quota.slowDown === undefined || share >= least) continue;
      least = share;
      slowed = limit;
    }
    if (slowed === undefined) return;
    // The server has less than is reckoned with here.
    slowed.quota.lower(now, Math.max(0, slowed.quota.level(now) / 2));
    if (this.#isAnswered) slowed.quota.slowDown?.(now);
    this.#isAnswered = false;
  }

  /** The server accepts a call. */
  accepted({ takenOn }: Order): void {
    const now = this.#clock.now();
    if (takenOn >= this.#slowedOn) this.#isAnswered = true;
    for (const { quota } of this.limits) quota.speedUp?.(now);
  }

  /** Lets everybody go at once whom the limits themselves do not hold back. */
  resume(): void {
    this.#hold = undefined;
    this.line.serve();
  }

  /** The limit that is meant: of the same size, else the shortest of that unit that refills evenly. */
  #limitOf({ unit, perMs, limit: amount }: AnnouncedUsage): number {
    if (perMs !== undefined)
      return this.limits.findIndex(({ settings }) => settings.perMs === perMs);
    let found = -1;
    for (const [index, { settings }] of this.limits.entries()) {
      if (settings.unit !== unit) continue;
      if (settings.amount === amount) return index;
      const best = this.limits[found]?.settings.perMs ?? Infinity;
      if (settings.refill === 'evenly' && settings.perMs < best) found = index;
    }
    return found;
  }
}
