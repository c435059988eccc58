import type { Pace, Token } from './pace.ts';

/** No rate is configured: there is always a token. */
export class Unlimited implements Pace {
  #latest: Token = 0;

  tryTake(): Token {
    return (this.#latest += 1);
  }

  freeAt(now: number): number {
    return now;
  }

  dueAt(now: number): number {
    return now;
  }

  giveBack(): void {}

  isFull(): boolean {
    return true;
  }
}
