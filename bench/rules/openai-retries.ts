import type { MakeRule } from './rule.ts';

const MAX_HINT_MS = 60_000;

/**
 * openai-node: two retries after 0.5 s and 1 s, less up to a quarter; a `Retry-After` of up to a minute
 * is the wait instead.
 */
export const openaiRetries =
  (maxRetries = 2): MakeRule =>
  ({ random }) => ({
    retryInMs({ number }, _outcome, header) {
      if (number > maxRetries) return undefined;
      const hintMs = 1_000 * Number(header?.('retry-after') ?? NaN);
      if (hintMs > 0 && hintMs <= MAX_HINT_MS) return hintMs;
      return Math.min(8_000, 500 * 2 ** (number - 1)) * (1 - random() / 4);
    },
  });
