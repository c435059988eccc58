import { fullJitter } from './backoff.ts';
import type { MakeRule } from './rule.ts';

export const noRetries: MakeRule = () => ({ retryInMs: () => undefined });

export const immediateRetries: MakeRule = () => ({ retryInMs: () => 0 });

/** "Exponential Backoff And Jitter" (Amazon, 2015). */
export const jitteredRetries =
  (baseMs = 1_000, capMs = 20_000): MakeRule =>
  ({ random }) => ({ retryInMs: ({ number }) => fullJitter(random, number, baseMs, capMs) });
