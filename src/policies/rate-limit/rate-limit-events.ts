import type { Classification } from '../../core/classification.ts';
import type { PolicyEvent } from '../../core/events.ts';

declare module '../../core/events.ts' {
  interface ResilienceEvents {
    queued: QueuedEvent;
    'key-paused': KeyPausedEvent;
  }
}

/** A call waits for a token. */
export interface QueuedEvent extends PolicyEvent {
  readonly type: 'queued';
  readonly by: 'token-bucket';
  readonly attempt: number;
  /** How long it will have to wait, as far as can be told now, in milliseconds. */
  readonly waitMs: number;
}

/** The server throttled: nothing more is sent for this key for a while. */
export interface KeyPausedEvent extends PolicyEvent {
  readonly type: 'key-paused';
  readonly by: 'token-bucket';
  /** How long, in milliseconds. */
  readonly pauseMs: number;
  readonly classification: Classification;
}
