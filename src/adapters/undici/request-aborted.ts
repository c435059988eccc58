// By these undici's `instanceof` knows its errors, whichever copy of it made them.
const UNDICI_ERROR = Symbol.for('undici.error.UND_ERR');
const ABORT_ERROR = Symbol.for('undici.error.UND_ERR_ABORT');
const REQUEST_ABORTED_ERROR = Symbol.for('undici.error.UND_ERR_ABORTED');

/** In the words of undici, which aborts with this error where no reason is given. */
export class RequestAbortedError extends Error {
  override readonly name = 'AbortError';
  readonly code = 'UND_ERR_ABORTED';

  constructor() {
    super('Request aborted');
  }

  get [UNDICI_ERROR](): true {
    return true;
  }

  get [ABORT_ERROR](): true {
    return true;
  }

  get [REQUEST_ABORTED_ERROR](): true {
    return true;
  }
}
