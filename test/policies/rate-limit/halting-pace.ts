import { ownClassification } from '../../../src/core/classification.ts';
import type { Pace, Token } from '../../../src/policies/rate-limit/pace.ts';
import { Stop } from '../../../src/policies/rate-limit/stop.ts';

const THROTTLE = ownClassification({
  category: 'throttle',
  decidedBy: 'status',
  rule: 'status 429',
  status: 429,
});

/** A pace that is stopped and goes on by hand. */
export class HaltingPace implements Pace {
  readonly #configured: Pace;
  stop: Stop | undefined;

  constructor(configured: Pace) {
    this.#configured = configured;
  }

  /** Stops everything for so long, and then lets one probe through. */
  halt(now: number, forMs: number): void {
    this.stop = new Stop(now, forMs, THROTTLE);
  }

  goOn(): void {
    this.stop = undefined;
  }

  tryTake(now: number): Token | undefined {
    if (this.stop?.mayProbe(now) === false) return undefined;
    const token = this.#configured.tryTake(now);
    if (token !== undefined) this.stop?.probe(token, now);
    return token;
  }

  freeAt(now: number, ahead: number): number {
    return Math.max(this.#configured.freeAt(now, ahead), this.stop?.opensAt(now) ?? now);
  }

  dueAt(now: number): number {
    return Math.max(this.#configured.dueAt(now), this.stop?.dueAt(now) ?? now);
  }

  giveBack(token: Token): void {
    this.#configured.giveBack(token);
    this.stop?.giveBack(token);
  }

  isFull(now: number): boolean {
    return this.stop === undefined && this.#configured.isFull(now);
  }
}
