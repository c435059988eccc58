import type { OperationContext } from '../../../src/core/call.ts';
import { sleep } from '../../../src/core/clock.ts';
import { Cancellation } from '../../../src/core/cancellation.ts';
import { onAbort } from '../../../src/core/abort-listeners.ts';
import type { VirtualClock } from '../../../src/testing.ts';

/** What one attempt does: how long it takes, and the error that it ends with if it fails. */
export interface Step {
  readonly takesMs: number;
  readonly fails?: unknown;
}

/** An attempt as the operation saw it. */
export interface Seen {
  readonly attempt: number;
  readonly at: number;
  readonly signal: AbortSignal;
  ended: 'answered' | 'failed' | 'aborted' | undefined;
}

/** An operation whose attempts take as long as their steps say, and which heeds its signal. */
export function slowOperation(clock: VirtualClock, steps: readonly Step[]) {
  const seen: Seen[] = [];
  const operation = async ({ attempt, signal }: OperationContext): Promise<string> => {
    const step = steps[seen.length] ?? steps.at(-1)!;
    const one: Seen = { attempt, at: clock.now(), signal, ended: undefined };
    seen.push(one);
    const scope = new Cancellation();
    const forget = onAbort(signal, (reason) => scope.cancel(reason));
    try {
      await sleep(clock, step.takesMs, scope);
    } catch (error) {
      one.ended = 'aborted';
      throw error;
    } finally {
      forget();
    }
    one.ended = 'fails' in step ? 'failed' : 'answered';
    if ('fails' in step) throw step.fails;
    return `answer ${attempt}`;
  };
  return { seen, operation };
}
