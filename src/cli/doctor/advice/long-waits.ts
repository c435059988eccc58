import { RETRY_DEFAULTS } from '../../../policies/retry/retry.ts';
import { shortDuration } from '../../terminal/duration.ts';
import type { Adviser } from './advice.ts';
import { asCode, counted, roundUp } from './numbers.ts';

/** Longer waits do not fit into the total timeout of a call, with the attempts around them. */
const MOST_MS = 600_000;

/** For calls that may wait: the longest wait that servers asked for, where it is above the default. */
export const adviseLongWaits: Adviser = ({ server, findings }) => {
  const asking = findings.filter(
    ({ group }) => group.longWaits > 0 && group.classification.category !== 'fatal',
  );
  if (asking.length === 0) return [];
  const count = asking.reduce((sum, { group }) => sum + group.longWaits, 0);
  const longest = Math.max(...asking.map(({ group }) => group.longestWaitMs ?? 0));
  const usual = shortDuration(RETRY_DEFAULTS.maxRetryAfterMs);
  const evidence = `${counted(count, 'answer')} asked to wait for more than ${usual}, the longest for ${shortDuration(longest)}.`;
  const common = {
    setting: 'retry.maxRetryAfterMs',
    origin: server.origin,
    isConditional: true,
    evidence,
  };
  if (longest > MOST_MS) {
    const advice = `Leave it: no call waits for ${shortDuration(longest)}. The answer comes back at once with its retryAfterMs; put the work off until then.`;
    return [{ ...common, value: undefined, advice }];
  }
  const value = roundUp(longest);
  const advice = `Where a call may wait, as in a batch, set retry.maxRetryAfterMs to ${asCode(value)}; otherwise the answer comes back at once.`;
  return [{ ...common, value, advice }];
};
