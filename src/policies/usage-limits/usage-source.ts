import type { Context } from '../../core/context.ts';

/** What a limit counts. */
export type UsageUnit = 'requests' | 'tokens' | 'inputTokens' | 'outputTokens' | 'units';

/** How much of each unit; a number alone is of the unit of the limit that asks. */
export type Amounts = number | Readonly<Partial<Record<UsageUnit, number>>>;

/** A call whose cost is to be estimated. */
export interface UsageRequest {
  /** The address of a request; `undefined` where the call is none of a wrapped fetch. */
  readonly url: string | undefined;
  readonly method: string | undefined;
  /** The body as it was given to fetch; `undefined` where there is none, or it is that of a `Request`. */
  readonly body: unknown;
  readonly key: string;
  readonly route: string;
}

/** What an answer says of how much of one limit is left. */
export interface AnnouncedUsage {
  /** The unit; `undefined` where `perMs` alone says which limit it is. */
  readonly unit: UsageUnit | undefined;
  /** The stretch of time of the limit, where its name says it. */
  readonly perMs: number | undefined;
  /** How many units there are in all; `undefined` where only a share is told. */
  readonly limit: number | undefined;
  /** How many units are left, or the share of all where `limit` is `undefined`. */
  readonly remaining: number;
  /** How long it is until all of it is there again, in milliseconds; `undefined` where it is not told. */
  readonly resetMs: number | undefined;
  /** Whether the server accepts nothing until then. */
  readonly isRejected: boolean;
}

/** Is told what is read of an answer's usage. */
export interface UsageListener {
  /** The JSON of the answer, or of one event of a stream. */
  message(json: unknown): void;
  /**
   * No more is going to be told. Called once.
   *
   * @param how - whether the answer has come to its end, or broke off, or was given up
   */
  end(how: 'whole' | 'cut-short'): void;
}

/** How requests and answers are read: policies know nothing of HTTP. */
export interface UsageSource {
  requestOf(context: Context): UsageRequest;
  /**
   * Reads the usage of a value on its way to the caller.
   *
   * @returns the value to hand on in its place
   */
  watch(value: unknown, listener: UsageListener): unknown;
  /** How much a value says is left. */
  announced(value: unknown): readonly AnnouncedUsage[];
}
