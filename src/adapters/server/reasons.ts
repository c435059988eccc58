/** Why a signal of an incoming request aborted. */
export type AbortCause = 'client-left' | 'deadline-passed';

// By identity: any code may make an error that looks the same.
const causes = new WeakMap<object, AbortCause>();

/** The reason that a signal aborts with: named as the platform names it. */
export function abortReason(cause: AbortCause): DOMException {
  const reason =
    cause === 'client-left'
      ? new DOMException('The client left before it was answered', 'AbortError')
      : new DOMException("The request's deadline has passed", 'TimeoutError');
  causes.set(reason, cause);
  return reason;
}

/** What a value says about the incoming request, where it is the reason of its signal. */
export const abortCauseOf = (value: object): AbortCause | undefined => causes.get(value);
