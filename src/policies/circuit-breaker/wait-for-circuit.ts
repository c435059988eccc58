import type { Clock } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import type { CircuitRefusal } from './circuit-gate.ts';
import type { Waiter } from './circuit-line.ts';
import type { Circuit } from './circuit-state.ts';
import type { Admission } from './in-flight.ts';

/** A circuit that one can wait for. */
export interface AwaitedCircuit<Pass> extends Pick<Circuit, 'because'> {
  /** When to come back, in milliseconds from now. */
  retryAfterMs(now: number): number;
  /** Whether anybody may join the line now. */
  isWorthWaiting(now: number): boolean;
  /** @returns whether there was any point in it */
  join(waiter: Waiter<Pass>, now: number): boolean;
  leave(waiter: Waiter<Pass>): void;
}

/**
 * One who waits in vain is told so before a timeout says that the server did not answer. Timers are a
 * millisecond late.
 */
const A_MOMENT_MS = 2;

/**
 * Waits for a place in a circuit that has none free, or is refused at once where there is no point
 * in waiting. The promise of one who is cancelled never settles: the frame around the gate does.
 */
export function waitFor<Pass extends object>(
  circuit: AwaitedCircuit<Pass>,
  admission: Admission,
  context: Context,
  clock: Clock,
  now: number,
): CircuitRefusal | Promise<Pass | CircuitRefusal> {
  const refusal = (then: number) => ({ by: circuit, retryAfterMs: circuit.retryAfterMs(then) });
  if (!circuit.isWorthWaiting(now)) return refusal(now);
  const { cancellation, priority, deadline, call } = context;
  let settle: (answer: Pass | CircuitRefusal) => void;
  const end = (answer: Pass | CircuitRefusal) => {
    cancellation?.remove(leaver);
    settle(answer);
  };
  const waiter: Waiter<Pass> = {
    admission,
    priority,
    leavesAt: deadline - A_MOMENT_MS + (call.clock === clock ? 0 : now - call.clock.now()),
    go: end,
    sendAway: () => end(refusal(clock.now())),
  };
  const leaver = { cancel: () => circuit.leave(waiter) };
  if (!circuit.join(waiter, now)) return refusal(now);
  cancellation?.add(leaver);
  return new Promise((resolve) => {
    settle = resolve;
  });
}
