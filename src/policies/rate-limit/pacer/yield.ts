/** So many tell a rate. */
const ENOUGH = 50;

/**
 * What the server has accepted since a moment at which it had nothing left to give. At the next
 * such moment this is what it gives, whatever it may save up between the two.
 */
export class Yield {
  readonly since: number;
  accepted = 0;
  #heldBack = 0;

  constructor(now: number) {
    this.since = now;
  }

  count(wasHeldBack: boolean): void {
    this.accepted += 1;
    if (wasHeldBack) this.#heldBack += 1;
  }

  perSecond(now: number): number {
    return (this.accepted * 1000) / Math.max(now - this.since, 1);
  }

  /** Whether the demand was the limit, and not the pace: the server may have had more to give. */
  get isOfDemand(): boolean {
    return this.#heldBack < this.accepted / 2;
  }

  /** Whether there are enough to tell a rate. */
  get isEnough(): boolean {
    return this.accepted >= ENOUGH;
  }

  /** Whether they tell what the server gives. */
  get isSure(): boolean {
    return this.isEnough && !this.isOfDemand;
  }
}
