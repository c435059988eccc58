import type { Classification } from '../../core/classification.ts';
import type { PolicyEvent } from '../../core/events.ts';

declare module '../../core/events.ts' {
  interface ResilienceEvents {
    queued: QueuedEvent;
    'key-paused': KeyPausedEvent;
  }
}

/** A call waits for a token, or for a place. */
export interface QueuedEvent extends PolicyEvent {
  readonly type: 'queued';
  readonly by: 'token-bucket' | 'redis-token-bucket' | 'concurrency-limit' | 'usage-limits';
  readonly attempt: number;
  /** How long it will have to wait, as far as can be told now, in milliseconds; 0 where nothing can. */
  readonly waitMs: number;
}

/** The server accepts nothing: no further attempt starts until this time is up. */
export interface KeyPausedEvent extends PolicyEvent {
  readonly type: 'key-paused';
  readonly by: 'token-bucket';
  /** The one route that is paused; `undefined` where everything with these credentials is. */
  readonly route: string | undefined;
  /** How long it is until the next attempt, in milliseconds. */
  readonly pauseMs: number;
  readonly classification: Classification;
}
