import { Demand } from './demand.ts';

/** What a lease is used for needs to be more than this many tokens, or a question a call is as good. */
const WORTH_A_LEASE = 2;
/** More is asked for than was used lately: a little more may come. */
const MORE_THAN_LATELY = 1.2;
/** A lease is renewed so long before its end, besides what the store takes to answer. */
export const RENEWED_BEFORE_MS = 10;
/** A slot so short-lived is not worth holding for a call that may come. */
const SHORTEST_HELD_MS = 20;

/** How many tokens this process holds for calls that are expected, and when it asks for more. */
export class Reserve {
  readonly #demand: Demand;
  readonly #validMs: number;
  /** With so few slots, or at this moment of the local clock, more are asked for. */
  #lowWater = 0;
  #renewAt = Infinity;

  /** @param validMs - how old a slot may be when it is used */
  constructor(validMs: number, now: number) {
    this.#validMs = validMs;
    this.#demand = new Demand(now);
  }

  /** So many tokens were asked for. */
  note(tokens: number): void {
    this.#demand.note(tokens);
  }

  /** Tokens that will be used while a lease is valid; 0 where holding them is not worth it. */
  expected(now: number, roundTripMs: number): number {
    const perMs = this.#demand.perMs(now);
    if (this.#validMs < SHORTEST_HELD_MS + 2 * roundTripMs) return 0;
    const expected = perMs * this.#validMs;
    return expected < WORTH_A_LEASE ? 0 : Math.ceil(expected * MORE_THAN_LATELY);
  }

  isLow(left: number, now: number): boolean {
    return left <= this.#lowWater || now >= this.#renewAt;
  }

  /** @param endsAt - when the last slot that is held expires, by the local clock */
  renewed(endsAt: number, now: number, roundTripMs: number): void {
    const leadMs = roundTripMs + RENEWED_BEFORE_MS;
    const isWorthIt = this.expected(now, roundTripMs) > 0;
    this.#lowWater = isWorthIt ? Math.ceil(this.#demand.perMs(now) * leadMs) : 0;
    this.#renewAt = isWorthIt ? endsAt - leadMs : Infinity;
  }
}
