import type { Classification } from '../../core/classification.ts';

/** What failures of one group have in common. */
export interface GroupFacts {
  /** The origin; `undefined` where the log does not say the address. */
  readonly origin: string | undefined;
  readonly method: string;
  /** The HTTP status; `undefined` for an error that was thrown instead. */
  readonly status: number | undefined;
  /** The name of the error that was thrown; `undefined` for a response. */
  readonly errorName: string | undefined;
  /** Redacted, as is the rule: servers repeat what they were sent. */
  readonly errorCode: string | undefined;
  readonly rule: string;
  /** Whether the requests carried a key by which the server knows a repetition. */
  readonly hasIdempotencyKey: boolean;
  /** That of the first of them, redacted; its message is the server's, and is never shown. */
  readonly classification: Classification;
  /** Whether the category would be another one without the catalog. */
  readonly differsByCatalog: boolean;
}

/** Failures that are one and the same to holdfast: same server, method, code and rule. */
export interface FailureGroup extends GroupFacts {
  /** Each with its number; the first ones only, where there are many. */
  readonly routes: Map<string, number>;
  count: number;
  /** How long servers asked to wait; `undefined` where they did not. */
  shortestWaitMs: number | undefined;
  longestWaitMs: number | undefined;
  /** How many asked for more than the default of `maxRetryAfterMs`. */
  longWaits: number;
}

/** A group of which nothing has been counted yet. */
export const newGroup = (facts: GroupFacts): FailureGroup => ({
  ...facts,
  routes: new Map(),
  count: 0,
  shortestWaitMs: undefined,
  longestWaitMs: undefined,
  longWaits: 0,
});
