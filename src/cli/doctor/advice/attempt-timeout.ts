import { RESILIENT_FETCH_DEFAULTS } from '../../../http/standard-stack.ts';
import { shortDuration } from '../../terminal/duration.ts';
import type { Adviser } from './advice.ts';
import { asCode, counted, roundUp } from './numbers.ts';

/** Fewer latencies say nothing of the slowest one in a hundred. */
const MIN_ANSWERS = 100;
/** Longer than the slowest hundredth by so much: latencies of a bad day are still answers. */
const FACTOR = 4;
const LEAST_MS = 1_000;

/** So long an API documents that an answer may take: a plugin of OnDemand runs up to 2.5 minutes. */
const DOCUMENTED_MS: Readonly<Record<string, number>> = { ondemand: 150_000 };

/** A shorter timeout, where many latencies are known and all are far below the default. */
export const adviseAttemptTimeout: Adviser = ({ server }) => {
  const { latencies, origin, catalog } = server;
  if (latencies.count < MIN_ANSWERS) return [];
  const p99 = latencies.quantile(0.99);
  const enough = Math.max(FACTOR * p99, 2 * latencies.longest, LEAST_MS);
  const value = roundUp(Math.max(enough, DOCUMENTED_MS[catalog?.name ?? ''] ?? 0));
  // The default is never below five minutes; half of it is no difference that anybody feels.
  if (value > Number(RESILIENT_FETCH_DEFAULTS.attemptTimeoutMs) / 2) return [];
  const [p50, slowest] = [latencies.quantile(0.5), latencies.longest].map(shortDuration);
  return [
    {
      setting: 'attemptTimeoutMs',
      origin,
      value,
      isConditional: false,
      advice: `Set attemptTimeoutMs to ${asCode(value)}: a server that hangs is noticed after ${shortDuration(value)}, not after 5 min.`,
      evidence: `Of ${counted(latencies.count, 'answer')} half came within ${p50}, 99 % within ${shortDuration(p99)}, the slowest after ${slowest}.`,
    },
  ];
};
