/** When the next attempts may start. */
export interface Pace {
  /** Lets one go that takes `weight` tokens (1 where left out), if they are there. */
  tryTake(now: number, weight?: number): Token | undefined;
  /**
   * The moment at which one is likely to go with `ahead` others before it, who take `tokensAhead` (one
   * each where left out).
   */
  freeAt(now: number, ahead: number, weight?: number, tokensAhead?: number): number;
  /** The moment until which `weight` tokens do not come by themselves. */
  dueAt(now: number, weight?: number): number;
  /** Puts a token back, if it is the last that was given: what came after was reckoned with it. */
  giveBack(token: Token, weight?: number): void;
  /** Whether no token is missing. */
  isFull(now: number): boolean;
}

/** How many had been given when this one was. */
export type Token = number;
