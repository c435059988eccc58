/** When the next attempts may start. */
export interface Pace {
  /** Takes a token if there is one. */
  tryTake(now: number): Token | undefined;
  /** The moment at which a token is likely to be free for somebody with `ahead` others before them. */
  freeAt(now: number, ahead: number): number;
  /** The moment until which no token comes by itself. */
  dueAt(now: number): number;
  /** Puts a token back, if it is the last that was given: what came after was reckoned with it. */
  giveBack(token: Token): void;
  /** Whether no token is missing. */
  isFull(now: number): boolean;
}

/** How many had been given when this one was. */
export type Token = number;
