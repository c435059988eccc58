import type { CallReport, ResilienceEvent, ResilientFetchOptions } from 'holdfast';
import type { FaultyServer, ReceivedRequest, ServerCounts } from 'holdfast/testing';

/** The two ways in: one throws what fetch throws, the other returns a Result. */
export type Way = 'resilientFetch' | 'resultFetch';

/** How a run calls: a way in, or the bare fetch of the platform, for comparison. */
export type Caller = Way | 'fetch';

/** What one caller got in the end. */
export type Outcome = {
  readonly way: Caller;
  /** How long the caller waited for it, in milliseconds. */
  readonly tookMs: number;
  /** When it came, by `performance.now()`. */
  readonly at: number;
  readonly report: CallReport | undefined;
} & (
  | {
      readonly gave: 'response';
      readonly status: number;
      /** The `errorCode` in its body, if there is one. */
      readonly errorCode: string | undefined;
      readonly body: 'whole' | 'broken off';
    }
  | {
      readonly gave: 'error';
      readonly error: unknown;
      /** `kind` of holdfast's own errors; `undefined` for the original error of fetch. */
      readonly kind: string | undefined;
      readonly retryAfterMs: number | undefined;
      /** Plain fetch would have waited on: nobody has the time. */
      readonly isGivenUp: boolean;
    }
);

/** An event and when it came, by `performance.now()`. */
export interface TimedEvent {
  readonly at: number;
  readonly event: ResilienceEvent;
}

/** Everything that was seen of one run of a situation, from both ends of the wire. */
export interface Observation {
  readonly way: Caller | 'both ways';
  readonly requests: readonly ReceivedRequest[];
  readonly counts: ServerCounts;
  /** When holdfast called the fetch beneath it, by `performance.now()`. */
  readonly sent: readonly number[];
  readonly bodiesByIdempotencyKey: FaultyServer['bodiesByIdempotencyKey'];
  readonly events: readonly TimedEvent[];
  readonly outcomes: readonly Outcome[];
  /** Moments that the situation marked, by `performance.now()`. */
  readonly marks: ReadonlyMap<string, number>;
  readonly tookMs: number;
}

/** A statement that must hold: shown before the run, checked after it. */
export interface Expectation {
  /** The statement, in words. */
  readonly words: string;
  /** What was seen instead; `undefined` where it holds. */
  differs(seen: Observation): string | undefined;
}

/** The place of a situation: a server of its own that misbehaves, and fetches that are watched. */
export interface Stage {
  readonly server: FaultyServer;
  /** Makes one call and records its outcome: the given way, or the way of this run. */
  call(target: string, init?: RequestInit, way?: Way): Promise<Outcome>;
  /** Shows what is going on right now. */
  progress(...lines: readonly string[]): void;
  /** Remembers this moment by a name. */
  mark(moment: string): void;
  readonly events: readonly TimedEvent[];
}

/** One thing that can happen to a call, and what holdfast has promised for it. */
export interface Situation {
  readonly group: string;
  readonly title: string;
  /** What the server does, in words that go on from “the server”. */
  readonly server: string;
  /** How the fetch is wrapped, besides the ondemand catalog. */
  readonly options?: ResilientFetchOptions;
  /** `'each'`: it runs once for each way in, side by side. `'together'`: once, with callers of both kinds. */
  readonly ways: 'each' | 'together';
  readonly expected: readonly Expectation[];
  act(stage: Stage): Promise<void>;
  /** A remark besides attempts, waits, tokens and circuit. */
  note?(seen: Observation): string | undefined;
  /** A picture of the run, for situations that words cannot describe. */
  picture?(seen: Observation): readonly string[];
}

/** A situation that has run. */
export interface Result {
  readonly situation: Situation;
  readonly seen: readonly Observation[];
  /** The same with plain `fetch`, from which nothing is expected. */
  readonly plainly: Observation;
  /** Everything that was not as expected; empty if the row is as documented. */
  readonly differences: readonly string[];
  readonly tookMs: number;
}
