import type { Token } from '../pace.ts';

/** What came of an attempt, as far as its pace goes. */
export interface Answer {
  readonly now: number;
  readonly startedOn: number;
  /** What it was let through with. */
  readonly token: Token | undefined;
  /** Whether it is a first try: repetitions do not vote. */
  readonly votes: boolean;
  /** Whether it had to wait in this line. */
  readonly wasHeldBack: boolean;
  /** Whether others wait in this line now. */
  readonly othersWait: boolean;
}
