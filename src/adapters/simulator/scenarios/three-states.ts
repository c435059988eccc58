import type { CircuitState } from '../../../policies/circuit-breaker/circuit-state.ts';

const WINDOW_MS = 10_000;

/** When {@link ThreeStates} open, and for how long. */
export interface ThreeStatesOptions {
  readonly failureRatio: number;
  readonly minimumCalls: number;
  readonly openMs: number;
}

/** An attempt that was let in. */
interface Pass {
  readonly isProbe: boolean;
}

/** The circuit breaker of the textbook, to compare with: closed, open for a set time, one probe. */
export class ThreeStates {
  readonly #now: () => number;
  readonly #failureRatio: number;
  readonly #minimumCalls: number;
  readonly #openMs: number;
  #state: CircuitState = 'closed';
  #openUntil = 0;
  #probe: Pass | undefined;
  #ended: { readonly at: number; readonly failed: boolean }[] = [];

  constructor(now: () => number, { failureRatio, minimumCalls, openMs }: ThreeStatesOptions) {
    this.#now = now;
    this.#failureRatio = failureRatio;
    this.#minimumCalls = minimumCalls;
    this.#openMs = openMs;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Lets an attempt in; `undefined` where it is refused. */
  enter(): Pass | undefined {
    if (this.#state === 'open' && this.#now() >= this.#openUntil) this.#state = 'half-open';
    if (this.#state === 'closed') return { isProbe: false };
    if (this.#state === 'open' || this.#probe !== undefined) return undefined;
    this.#probe = { isProbe: true };
    return this.#probe;
  }

  ended(pass: Pass, failed: boolean): void {
    if (pass === this.#probe) {
      this.#probe = undefined;
      if (failed) this.#open();
      else this.#close();
    } else if (this.#state === 'closed' && !pass.isProbe) {
      this.#count(failed);
    }
  }

  #count(failed: boolean): void {
    const now = this.#now();
    this.#ended.push({ at: now, failed });
    const kept = this.#ended.findIndex(({ at }) => at > now - WINDOW_MS);
    this.#ended.splice(0, kept);
    const failures = this.#ended.filter((one) => one.failed).length;
    const { length } = this.#ended;
    if (failed && length >= this.#minimumCalls && failures >= this.#failureRatio * length) {
      this.#open();
    }
  }

  #open(): void {
    this.#state = 'open';
    this.#openUntil = this.#now() + this.#openMs;
  }

  #close(): void {
    this.#state = 'closed';
    this.#ended = [];
  }
}
