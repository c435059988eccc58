import { Failure, comeBack, type FailureDetails } from '../../core/errors.ts';

/** A limiter refused the call; nothing was sent. */
export class RateLimitedError extends Failure {
  override readonly name = 'RateLimitedError';
  readonly kind = 'rate-limited';

  constructor(because: string, details: FailureDetails) {
    super(`Not sent to ${details.key}: ${because}; ${comeBack(details.classification)}`, details);
  }
}
