/** What an HTTP client throws for a failed request, in the shape that most SDKs give it. */
export function httpFailure(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Error & { readonly status: number } {
  return Object.assign(new Error(`status ${status}`), { status, headers });
}

/** A server that is overloaded and says for how long, in whole seconds or not at all. */
export const throttled = (seconds?: number): Error =>
  httpFailure(429, seconds === undefined ? {} : { 'retry-after': String(seconds) });

/** A server that fails, and may say when it is back. */
export const unavailable = (seconds?: number): Error =>
  httpFailure(503, seconds === undefined ? {} : { 'retry-after': String(seconds) });
