import type { ChunkSource } from './chunk-source.ts';
import type { EventClassification } from './event-classification.ts';
import type { EventSplitter } from './event-splitter.ts';
import { PassedBody } from './passed-body.ts';
import type { Silence, Silences } from './silences.ts';
import type { SilenceBound, StreamOutcome } from './stream-outcome.ts';
import { Tail } from './tail.ts';

/** What is to be told of a stream that is passed on. */
export interface Watch {
  readonly outcome: StreamOutcome;
  /** Where its end is read; `undefined` where the stream has failed already and nobody need be told. */
  readonly events: EventClassification | undefined;
  readonly newSplitter: () => EventSplitter;
  readonly firstByte: Silences | undefined;
  readonly idle: Silences | undefined;
}

/**
 * The body of a stream on its way. A silence that is too long ends it in a `TimeoutError`, and the
 * connection is given up; its end tells how it went.
 */
export class WatchedBody extends PassedBody {
  readonly #source: ChunkSource;
  readonly #watch: Watch;
  readonly #tail: Tail | undefined;
  readonly #idle: Silence | undefined;
  readonly #firstByte: Silence | undefined;
  #hasBytes: boolean;

  constructor(source: ChunkSource, watch: Watch) {
    super(source);
    const { outcome, events, firstByte, idle } = watch;
    this.#source = source;
    this.#watch = watch;
    this.#tail = events && new Tail();
    this.#hasBytes = source.held.length > 0;
    this.#idle = idle?.of(outcome.clock, () => this.#fallSilent(idle, 'streamIdleTimeoutMs'));
    this.#firstByte = this.#hasBytes
      ? undefined
      : firstByte?.of(outcome.clock, () => this.#fallSilent(firstByte, 'firstByteTimeoutMs'));
  }

  protected override asking(): void {
    (this.#hasBytes ? this.#idle : this.#firstByte)?.begin(this.#source.quietSince);
  }

  protected override heard(): void {
    (this.#hasBytes ? this.#idle : this.#firstByte)?.end();
  }

  protected override passing(chunk: Uint8Array): void {
    this.#hasBytes = true;
    this.#tail?.add(chunk);
  }

  protected override broken(error: unknown): void {
    const { outcome, events } = this.#watch;
    if (events && !outcome.isAborted) outcome.failed('broken', events.ofError(error), error);
  }

  /** The stream is over, as far as anybody wants it: its last events tell how it went. */
  protected override ended(finish: () => void): Promise<void> | undefined {
    const { events, outcome, newSplitter } = this.#watch;
    const last = this.#tail?.lastEvents(newSplitter()) ?? [];
    const told = events?.firstOf(last);
    if (told === undefined) {
      finish();
      if (events) outcome.well();
      return undefined;
    }
    return told.then((classification) => {
      if (classification === undefined) outcome.well();
      else outcome.failed('error-event', classification);
      finish();
    });
  }

  #fallSilent({ ms }: Silences, option: SilenceBound): void {
    const { outcome, events } = this.#watch;
    const error = outcome.timeout(ms, option);
    this.abandon(error);
    if (events) outcome.failed('idle', error.classification, error);
  }
}
