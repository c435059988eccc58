import { Failure, type FailureDetails } from '../core/errors.ts';

/**
 * The server answered with a failure.
 *
 * @example
 * if (error instanceof HttpError) console.warn(error.status, error.classification.errorCode);
 */
export class HttpError extends Failure {
  override readonly name = 'HttpError';
  readonly kind = 'http';
  readonly status: number;
  /**
   * The last response, its body unread; `undefined` where an SDK kept it to itself (its own error
   * is the `cause`). Not enumerable: headers do not belong in a log.
   */
  declare readonly response: Response | undefined;

  constructor(status: number, response: Response | undefined, details: FailureDetails) {
    const { errorCode, message, category } = details.classification;
    super(
      `${details.key} answered ${status}${errorCode ? ` ${errorCode}` : ''} (${category})${message ? `: ${message}` : ''}`,
      details,
    );
    this.status = status;
    Object.defineProperty(this, 'response', { value: response });
  }
}
