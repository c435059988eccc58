import { Failure, comeBack, type FailureDetails } from '../../core/errors.ts';

/** The circuit breaker refused the call; nothing was sent. */
export class CircuitOpenError extends Failure {
  override readonly name = 'CircuitOpenError';
  readonly kind = 'circuit-open';

  constructor(details: FailureDetails) {
    super(
      `The circuit of ${details.key} is open after too many failures; ${comeBack(details.classification)}`,
      details,
    );
  }
}
