import type { AttemptEndedEvent } from '../../core/attempt-events.ts';
import { isAbort, isUnwanted } from '../../core/classification.ts';
import type { ResilienceEvent } from '../../core/events.ts';
import { cleanText } from '../../classify/clean-text.ts';
import type { StreamFailedEvent } from '../../classify/streams/stream-outcome.ts';
import { foreignEvent } from '../foreign-event.ts';
import { CircuitLog } from './circuit-log.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { failureOf } from './failure-words.ts';
import { LatencyWindow } from './latency-window.ts';
import { RecentCounts } from './recent-counts.ts';
import {
  COLUMN_MS,
  COLUMNS_LATELY,
  COLUMNS_OF_A_MINUTE,
  COUNTERS,
  SERIES,
  type Counter,
  type KeySnapshot,
} from './snapshot.ts';
import { Trouble } from './trouble.ts';
import { waitWords } from './words.ts';

/** The news in the events of a key: the part of a {@link KeySnapshot} that no control shows. */
export type HeardSnapshot = Pick<
  KeySnapshot,
  | 'lastMinute'
  | 'lately'
  | 'acceptedPerSecond'
  | 'latency'
  | 'history'
  | 'circuitHistory'
  | 'circuitChanges'
  | 'trouble'
  | 'failedAttempts'
  | 'lastRefusal'
>;

/** All that is remembered of the events of one key; its size is bounded. */
export class KeyRecord {
  readonly #counts = new RecentCounts();
  readonly #latency = new LatencyWindow();
  readonly #trouble = new Trouble();
  readonly #failedAttempts = new FailedAttempts();
  readonly #circuits: CircuitLog;
  readonly #startedAt: number;
  #lastRefusal: KeySnapshot['lastRefusal'] = null;
  /** The moment of its latest event. */
  lastHeardAt: number;

  constructor(now: number) {
    this.#circuits = new CircuitLog(now);
    this.#startedAt = now;
    this.lastHeardAt = now;
  }

  hear(event: ResilienceEvent, now: number): void {
    this.lastHeardAt = now;
    const count = (counter: Counter) => this.#counts.add(counter, now);
    switch (event.type) {
      case 'attempt-ended':
        this.#attemptEnded(event, now);
        break;
      case 'retry-scheduled':
        count('retries');
        this.#failedAttempts.decided(event.callId, `again after ${waitWords(event.waitMs)}`);
        break;
      case 'gave-up':
        this.#failedAttempts.decided(event.callId, `not again: ${event.because}`);
        break;
      case 'refused': {
        count('refused');
        if (event.attempt === 1) count('turnedAway');
        this.#lastRefusal = { at: now, by: event.by, because: cleanText(event.because) ?? '' };
        break;
      }
      case 'circuit-changed':
        this.#circuits.add(event, now);
        break;
      case 'hedged':
        count('hedged');
        break;
      case 'failed-over':
        count('failedOver');
        this.#failedAttempts.decided(event.callId, `goes on at ${event.to}`);
        break;
      case 'fallback-used':
        count('fallbacks');
        this.#failedAttempts.decided(event.callId, `the fallback answers (${event.from})`);
        break;
      case 'coalesced':
        count('coalesced');
        break;
      case 'stream-failed':
        count('streamsFailed');
        this.#failed(event, now);
        break;
      case 'fallback-failed':
        this.#failedAttempts.decided(event.callId, 'the fallback failed too');
        break;
      case 'queued':
      case 'key-paused':
      case 'timed-out':
      case 'endpoint-out':
      case 'endpoint-back':
      case 'store-error':
      case 'store-recovered':
      case 'fleet-stopped':
      case 'fleet-resumed':
      case 'nested-retry':
        // The control shows what these bring about, and attempts how they ended.
        break;
      default:
        foreignEvent(event);
    }
  }

  /** A call that failed elsewhere goes on here. */
  arrived(now: number): void {
    this.#counts.add('calls', now);
  }

  circuitSince(route: string | undefined): number | null {
    return this.#circuits.sinceOf(route);
  }

  read(now: number): HeardSnapshot {
    const history = Object.fromEntries(
      SERIES.map((counter) => [counter, this.#counts.series(counter, now)]),
    ) as unknown as KeySnapshot['history'];
    return {
      lastMinute: this.#sums(COLUMNS_OF_A_MINUTE, now),
      lately: this.#sums(COLUMNS_LATELY, now),
      acceptedPerSecond: this.#acceptedPerSecond(now),
      latency: this.#latency.read(now),
      history,
      circuitHistory: this.#circuits.history(now),
      circuitChanges: this.#circuits.changes,
      trouble: this.#trouble.read(now),
      failedAttempts: this.#failedAttempts.read(),
      lastRefusal: this.#lastRefusal,
    };
  }

  #sums(columns: number, now: number): Record<Counter, number> {
    const sums = {} as Record<Counter, number>;
    for (const counter of COUNTERS) sums[counter] = this.#counts.sum(counter, columns, now);
    return sums;
  }

  #attemptEnded(event: AttemptEndedEvent, now: number): void {
    const { classification, attempt, durationMs } = event;
    if (attempt === 1) this.#counts.add('calls', now);
    if (classification.category === 'success') {
      this.#counts.add('success', now);
      this.#latency.add(durationMs, now);
      return;
    }
    if (isAbort(classification)) return this.#counts.add('aborted', now);
    if (isUnwanted(classification)) return this.#counts.add('notNeeded', now);
    this.#counts.add(classification.category, now);
    this.#failed(event, now);
  }

  #failed(event: AttemptEndedEvent | StreamFailedEvent, now: number): void {
    this.#trouble.add(failureOf(event.classification), now);
    this.#failedAttempts.add(event, now);
  }

  #acceptedPerSecond(now: number): number {
    const columnBegan = now - (now % COLUMN_MS);
    const watchedMs = Math.min(
      (COLUMNS_LATELY - 1) * COLUMN_MS + now - columnBegan,
      // A dashboard that has just begun has not seen so much.
      Math.max(now - this.#startedAt, 1_000),
    );
    return (this.#counts.sum('success', COLUMNS_LATELY, now) / watchedMs) * 1_000;
  }
}
