import type { LeaseTerms } from './lease-terms.ts';
import { LocalShare } from './local-share.ts';
import type { StoreErrorKind } from './store-errors.ts';

/** The way to treat calls while the store does not do its work. */
export type OnStoreError = 'local-share' | 'fail-open' | 'fail-closed';

/** How one member goes on while the store does not do its work. */
export class WithoutStore {
  readonly #terms: LeaseTerms;
  readonly #onStoreError: OnStoreError;
  #share: LocalShare | undefined;
  #isOn = false;
  latestFailure: StoreErrorKind = 'timeout';

  constructor(terms: LeaseTerms, onStoreError: OnStoreError) {
    this.#terms = terms;
    this.#onStoreError = onStoreError;
  }

  /** From the first failure until the store counts on this member, or one of its slots is used again. */
  get isOn(): boolean {
    return this.#isOn;
  }

  failed(kind: StoreErrorKind): void {
    this.#isOn = true;
    this.latestFailure = kind;
  }

  /** The member takes part again. */
  end(): void {
    this.#isOn = false;
    this.#share = undefined;
  }

  /** Why calls are refused; `undefined` where they are not. */
  get refusal(): string | undefined {
    if (!this.#isOn || this.#onStoreError !== 'fail-closed') return undefined;
    return `the store of the shared limit fails (${this.latestFailure}), and onStoreError is 'fail-closed'`;
  }

  /**
   * Takes the tokens of one call, if it may go.
   *
   * @param members - how many share the limit, as far as is known
   */
  tryTake(now: number, weight: number, members: number): boolean {
    if (this.#onStoreError !== 'local-share') return this.#onStoreError === 'fail-open';
    const { ratePerSecond, burst } = this.#terms;
    this.#share ??= new LocalShare(ratePerSecond, burst, members, now);
    return this.#share.tryTake(now, weight);
  }

  /** When a call may go that takes so many tokens. */
  dueAt(now: number, weight: number): number {
    return this.#share?.dueAt(now, weight) ?? Infinity;
  }
}
