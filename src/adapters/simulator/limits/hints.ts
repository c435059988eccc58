/** Writes the wait of a throttled request as `Retry-After`; `undefined` for no hint. */
export type Hint = (waitMs: number) => string | undefined;

const seconds = (milliseconds: number): string => String(Number((milliseconds / 1_000).toFixed(3)));

/** What servers tell of the wait, from the exact truth to the wrong unit. */
export const HINTS = Object.freeze({
  /** No hint. */
  none: () => undefined,
  /** The wait in seconds, to the millisecond. */
  exact: (waitMs) => seconds(Math.ceil(waitMs)),
  /** The wait in whole seconds, rounded up, as the standard wants it. */
  roundedUp: (waitMs) => String(Math.ceil(waitMs / 1_000)),
  /** A minute each time, as some gateways are configured. */
  constantMinute: () => '60',
  /** The wait in milliseconds where seconds are expected: a thousand times too long. */
  milliseconds: (waitMs) => String(Math.ceil(waitMs)),
  /** "Again at once", which is no truth either. */
  zero: () => '0',
} satisfies Record<string, Hint>);
