import { EstimateError } from './estimate-error.ts';
import type { Charge, Quota } from './quota.ts';
import { RefillingQuota } from './refilling-quota.ts';
import { RollingQuota } from './rolling-quota.ts';
import type { UsageLimitSettings } from './usage-limits-options.ts';
import type { Amounts } from './usage-source.ts';

/** What a call is going to take of one limit, and what it took. */
export interface Share {
  /** What it is likely to use, in units. */
  readonly estimate: number;
  /** What it takes: the estimate, and what estimates are short of. */
  readonly units: number;
  charge: Charge | undefined;
  /** How much calls had taken in all, with it. */
  takenUpTo: number;
  /** Whether what it used is in what the server says is left. */
  isCounted: boolean;
}

/** One limit of one scope. */
export class UsageLimit {
  readonly settings: UsageLimitSettings;
  readonly quota: Quota;
  readonly #error: EstimateError | undefined;
  #taken = 0;

  constructor(settings: UsageLimitSettings) {
    const { amount, perMs, burst, refill, settle } = settings;
    this.settings = settings;
    this.quota =
      refill === 'evenly'
        ? new RefillingQuota(amount, perMs, burst)
        : new RollingQuota(amount, perMs);
    this.#error = settle && new EstimateError();
  }

  /** The share of a call for which this was estimated; `undefined` stands for the usual. */
  shareOf(estimated: Amounts | undefined): Share {
    const { amount } = this.settings;
    const estimate = this.amountIn(estimated) ?? this.#error?.usual ?? 1;
    // A call that may use more than there ever is waits for no more than that.
    const most = Math.max(amount, estimate);
    const units = Math.min(estimate * (this.#error?.factor ?? 1), most);
    return { estimate, units, charge: undefined, takenUpTo: 0, isCounted: false };
  }

  /** How much of this limit's unit; `undefined` where it is not told. */
  amountIn(amounts: Amounts | undefined): number | undefined {
    const amount = typeof amounts === 'number' ? amounts : amounts?.[this.settings.unit];
    return typeof amount === 'number' && amount >= 0 && amount < Infinity ? amount : undefined;
  }

  take(now: number, share: Share): void {
    share.charge = this.quota.take(now, share.units);
    this.#taken += share.units;
    share.takenUpTo = this.#taken;
  }

  /**
   * The call has used so much; its estimate, where that is not known. What a part of an answer says is
   * the least that it was.
   */
  settle(
    now: number,
    share: Share,
    used: number | undefined,
    how: 'whole' | 'cut-short' = 'whole',
  ): void {
    const { charge, estimate, isCounted } = share;
    if (charge === undefined) return;
    share.charge = undefined;
    const isKnown = used !== undefined && (how === 'whole' || used > estimate);
    this.quota.settle(charge, now, isCounted ? charge.units : isKnown ? used : estimate);
    if (isKnown) this.#error?.note(estimate, used);
  }

  /** Nothing was done for the call. */
  giveBack(now: number, share: Share): void {
    if (share.charge === undefined) return;
    this.quota.settle(share.charge, now, 0);
    share.charge = undefined;
  }

  /**
   * A server says how much is left, in the answer to a call that took this share. It may have
   * counted when the call came, or just now: of both the one that leaves more. The call itself is
   * counted in it, whatever its answer will say.
   */
  announced(
    now: number,
    remaining: number,
    until: number | undefined,
    share: Share,
    sinceMs: number,
  ): void {
    const refilled = this.settings.refill === 'evenly' ? sinceMs * this.quota.unitsPerMs : 0;
    const takenSince = this.#taken - share.takenUpTo;
    const left = remaining + Math.max(0, refilled - takenSince);
    if (this.quota.level(now) <= left) return;
    this.quota.lower(now, left, until);
    share.isCounted = true;
  }
}
