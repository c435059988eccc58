import type { Cancellation } from './cancellation.ts';
import type { Classification } from './classification.ts';
import type { Clock } from './clock.ts';

/** Facts about running an operation once more. */
export interface Repetition {
  /** Why it cannot be run again, whatever the options say; `undefined` if it can be. */
  readonly obstacle?: string | undefined;
  /** The name of what was done (`POST`), where doing it twice is not the same as doing it once. */
  readonly unsafe?: string | undefined;
  /**
   * `true` where it asks for a change (`PUT`, `DELETE`, a `POST` with an idempotency key): it may be
   * repeated after another attempt, but two at once may get different answers.
   */
  readonly changes?: boolean | undefined;
  /** `true` where the provider documents that this may be repeated all the same. */
  readonly documentedAsSafe?: boolean | undefined;
}

/** What an answer says of one limit of its server. */
export interface AnnouncedLimit {
  /** Its name, where the server has several. */
  readonly name: string;
  /** How many are allowed in all. */
  readonly limit: number;
  /** How many of them are left. */
  readonly remaining: number;
  /** How long it is until the reset, in milliseconds. */
  readonly resetMs: number;
  /** What is there at the reset: a new window, or a bucket that is full again; `undefined` where the server does not say. */
  readonly resetTo: 'new-window' | 'full-bucket' | undefined;
  /** The length of a window in milliseconds, where the server says it. */
  readonly windowMs: number | undefined;
}

/**
 * How policies read what one kind of operation gives: the only place where they learn whether
 * they guard an HTTP call, an SDK's method or anything else.
 */
export interface OutcomeReader {
  /**
   * `true` if it reads only as much as the policy asks that brings it: a policy that joins the call
   * further in then brings its own.
   */
  readonly isPartial?: boolean | undefined;
  /**
   * The classification of a returned value; synchronous for a success, so that a success costs
   * nothing. Once cancelled it makes do with what it has read.
   */
  classifyValue(
    value: unknown,
    cancellation?: Cancellation,
  ): Classification | PromiseLike<Classification>;
  /** The classification of a thrown error. Never throws. */
  classifyError(error: unknown): Classification;
  /**
   * The limits that a returned value announces, whether or not it is a success. It is asked of few
   * values until one announces something. @returns none where left out
   */
  announcedLimits?(value: unknown): readonly AnnouncedLimit[];
  /** Frees what a value holds (a response's socket) when nobody will get it. Never rejects. */
  discard?(value: unknown, cancellation: Cancellation | undefined): PromiseLike<void> | void;
  /**
   * Whether a failed value holds nothing that the next attempt could need (a socket), so that it can
   * be kept until that has started. @returns `false` where left out
   */
  holdsNothing?(value: unknown): boolean;
  /** Says whether the operation may be run again after this failure; it may where left out. */
  repetition?(classification: Classification): Repetition;
}

/** Makes the reader for a call that lives by this clock. */
export type ReaderFor = (clock: Clock) => OutcomeReader;
