import type { Cancellation } from './cancellation.ts';
import type { Classification } from './classification.ts';
import type { Clock } from './clock.ts';
import type { AttemptNotes, AttemptReport } from './report.ts';

/**
 * The record of one attempt, and the currency between layers: what it gave or threw, how that was
 * classified, when it ran, and what policies noted of it. Attempts that run side by side are two
 * records. An attempt that was refused has an outcome and never started.
 */
export class Attempt {
  /** Counted from 1, in the order in which attempts start; a guess until this one has started. */
  number: number;
  waitedMs = 0;
  queuedMs = 0;
  notes: AttemptNotes | undefined = undefined;
  /** How its outcome is classified, as soon as a layer has asked: no layer reads it a second time. */
  classification: Classification | undefined = undefined;
  /** The value that it returned, or the error that it threw; `undefined` before. */
  value: unknown = undefined;
  /** The moment the operation was called, on the clock's monotonic scale; `undefined` before. */
  startedOn: number | undefined = undefined;
  /** The scope that it runs in; `undefined` once it is over. */
  cancellation: Cancellation | undefined = undefined;
  /** The moment at which there was an outcome, on the same scale; `undefined` before, or if it never started. */
  endedOn: number | undefined = undefined;
  /** Whether the call has been tried before: repetitions do not vote on the server's health. */
  readonly kind: 'first-try' | 'repetition';
  /** Whether it threw or was refused; `undefined` before there is an outcome. */
  threw: boolean | undefined = undefined;

  constructor(number: number, kind: 'first-try' | 'repetition' = 'first-try') {
    this.number = number;
    this.kind = kind;
  }

  /** Whether the operation has been called and has not ended. */
  get isRunning(): boolean {
    return this.startedOn !== undefined && !this.isOver;
  }

  /** Whether there is an outcome: the operation's, or a refusal. */
  get isOver(): boolean {
    return this.threw !== undefined;
  }

  /** Whether nothing has come of it yet. */
  get isUnused(): boolean {
    return this.startedOn === undefined && !this.isOver;
  }

  /** How long it ran, in milliseconds; 0 if it never started or has not ended. */
  get ranMs(): number {
    return this.endedOn === undefined || this.startedOn === undefined
      ? 0
      : this.endedOn - this.startedOn;
  }

  start(now: number, cancellation: Cancellation | undefined): void {
    this.startedOn = now;
    this.cancellation = cancellation;
  }

  returned(value: unknown, now?: number): void {
    this.threw = false;
    this.cancellation = undefined;
    this.value = value;
    this.endedOn = now;
  }

  /** Ends it with an error, and with its classification where that is known already. */
  failed(error: unknown, now?: number, classification?: Classification): void {
    this.returned(error, now);
    this.threw = true;
    this.classification = classification;
  }

  /** Hands the outcome over: returns the value or throws the error. */
  unwrap(): unknown {
    if (this.threw) throw this.value;
    return this.value;
  }

  note(notes: AttemptNotes): void {
    this.notes = this.notes === undefined ? notes : { ...this.notes, ...notes };
  }

  report(clock: Clock): AttemptReport {
    const now = clock.now();
    const startedOn = this.startedOn ?? now;
    return {
      number: this.number,
      startedAt: Math.round(clock.epochNow() - (now - startedOn)),
      durationMs: this.endedOn === undefined ? undefined : this.endedOn - startedOn,
      waitedMs: this.waitedMs,
      queuedMs: this.queuedMs,
      ...this.notes,
      classification: this.classification,
    };
  }
}
