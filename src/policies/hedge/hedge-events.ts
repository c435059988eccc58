import type { PolicyEvent } from '../../core/events.ts';

declare module '../../core/events.ts' {
  interface ResilienceEvents {
    hedged: HedgedEvent;
  }
}

declare module '../../core/report.ts' {
  interface AttemptNotes {
    /** Whether it is the first or the second of two attempts of a hedged call; absent where there was no second. */
    readonly hedged?: 'first' | 'second';
  }
}

/** A second attempt was sent while the first one is slow, or right after it has failed. */
export interface HedgedEvent extends PolicyEvent {
  readonly type: 'hedged';
  readonly by: 'hedge';
  /** The second attempt, counted from 1. */
  readonly attempt: number;
  /** How long after the first one it was sent, in milliseconds. */
  readonly afterMs: number;
  readonly because: 'slow' | 'failed';
}
