import type { Classification } from '../../core/classification.ts';
import { Failure, comeBack, type FailureDetails } from '../../core/errors.ts';

/**
 * The circuit breaker refused the call; nothing was sent.
 *
 * @example
 * if (error instanceof CircuitOpenError) console.warn(error.key, error.retryAfterMs);
 */
export class CircuitOpenError extends Failure {
  override readonly name = 'CircuitOpenError';
  readonly kind = 'circuit-open';
  /** The failure that opened the circuit; `undefined` where it was opened by hand. */
  readonly causedBy: Classification | undefined;

  constructor(details: FailureDetails, causedBy?: Classification) {
    const why =
      causedBy === undefined ? 'open by hand' : `open after too many failures (${causedBy.rule})`;
    super(`The circuit of ${details.key} is ${why}; ${comeBack(details.classification)}`, details);
    this.causedBy = causedBy;
  }

  override toJSON(): object {
    return { ...super.toJSON(), causedBy: this.causedBy };
  }
}
