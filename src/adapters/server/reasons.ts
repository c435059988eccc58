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

/** What an error says about the incoming request, itself or through the error that it wraps. */
export function abortCauseOf(error: unknown): AbortCause | undefined {
  try {
    return causeOf(error) ?? causeOf((error as { cause?: unknown } | null | undefined)?.cause);
  } catch {
    // A getter or a proxy that throws.
    return undefined;
  }
}

const causeOf = (value: unknown): AbortCause | undefined =>
  typeof value === 'object' && value !== null ? causes.get(value) : undefined;
