import type { Classification } from '../../core/classification.ts';
import { Failure, comeBack, type FailureDetails } from '../../core/errors.ts';

/**
 * A limiter refused the call; nothing was sent.
 *
 * @example
 * if (error instanceof RateLimitedError) console.warn(error.key, error.retryAfterMs);
 */
export class RateLimitedError extends Failure {
  override readonly name = 'RateLimitedError';
  readonly kind = 'rate-limited';
  /** The throttle for which the server is spared; `undefined` where the limit is one's own. */
  readonly causedBy: Classification | undefined;

  constructor(because: string, details: FailureDetails, causedBy?: Classification) {
    super(`Not sent to ${details.key}: ${because}; ${comeBack(details.classification)}`, details);
    this.causedBy = causedBy;
  }

  override toJSON(): object {
    return { ...super.toJSON(), causedBy: this.causedBy };
  }
}
