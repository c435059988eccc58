import type { Client, ClientParts } from 'holdfast/simulator';
import type { MakeRule, Outcome } from './rule.ts';

/** What a scenario gives to every client. */
export interface RuleSettings {
  readonly attemptTimeoutMs: number;
  /** Retries after the first try, at most; a rule may have a smaller number of its own. */
  readonly maxRetries: number;
}

type Ending =
  | { readonly outcome: Exclude<Outcome, 'timeout'>; readonly response: Response }
  | { readonly outcome: 'error' | 'timeout'; readonly error: Error };

const TIMED_OUT: Ending = { outcome: 'timeout', error: new Error('the attempt timed out') };
const REFUSED = Object.assign(new Error('the rule refused the call'), { name: 'Refused' });

/** Makes a client that follows a rule. A refused repetition leaves the last failure. */
export const ruleClient =
  (makeRule: MakeRule, { attemptTimeoutMs, maxRetries }: RuleSettings) =>
  ({ fetch, clock, random }: ClientParts): Client => {
    const rule = makeRule({ now: () => clock.now(), random });

    function attempt(url: string, init: RequestInit): Promise<Ending> {
      return new Promise((resolve) => {
        const timer =
          attemptTimeoutMs < Infinity
            ? clock.setTimer(() => resolve(TIMED_OUT), attemptTimeoutMs)
            : undefined;
        const end = (ending: Ending) => {
          timer?.cancel();
          resolve(ending);
        };
        fetch(url, init).then(
          (response) => end({ outcome: outcomeOf(response), response }),
          (error: Error) => end({ outcome: 'error', error }),
        );
      });
    }

    return async (url, init) => {
      const call = {};
      let last: Ending | undefined;
      for (let number = 1; rule.admits?.(call) ?? true; number += 1) {
        const made = { call, number };
        rule.sent?.(made);
        last = await attempt(url, init);
        rule.ended?.(made, last.outcome);
        if (last.outcome === 'answered' || number > maxRetries) break;
        const waitMs = rule.retryInMs(made, last.outcome, headerOf(last));
        if (waitMs === undefined) break;
        if (waitMs > 0) await new Promise<void>((resolve) => clock.setTimer(resolve, waitMs));
      }
      if (last === undefined) throw REFUSED;
      if ('error' in last) throw last.error;
      return last.response;
    };
  };

function headerOf(ending: Ending): ((name: string) => string | undefined) | undefined {
  if (!('response' in ending)) return undefined;
  const { headers } = ending.response;
  return (name) => headers.get(name) ?? undefined;
}

function outcomeOf({ status }: Response): 'answered' | 'error' | 'throttle' {
  if (status === 429) return 'throttle';
  return status < 500 ? 'answered' : 'error';
}
