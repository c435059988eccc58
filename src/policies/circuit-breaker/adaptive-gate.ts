import type { Gate } from '../../core/layers.ts';
import type { KeyedStore } from '../../core/keyed-store.ts';
import type { AdaptiveKeyCircuits } from './adaptive-key-circuits.ts';
import type { CircuitBreakerSettings } from './adaptive-options.ts';
import { notingCause } from './circuit-cause.ts';
import { endOf, noteState, refuseWhileOpen } from './circuit-gate.ts';
import type { Place } from './in-flight.ts';

/** The gate of adaptive circuits. */
export function adaptiveGate(
  { clock, onEvent }: CircuitBreakerSettings,
  keys: KeyedStore<AdaptiveKeyCircuits>,
): Gate<Place> {
  return notingCause({
    onEvent,
    enter(context) {
      const circuits = keys.use(context.key);
      const free = circuits.takeFree(context);
      if (free !== undefined) {
        noteState(context, 'closed');
        return free;
      }
      const answer = circuits.enter(context, clock.now());
      const through = (given: Awaited<typeof answer>) => {
        if ('retryAfterMs' in given) return refuseWhileOpen(onEvent, context, given);
        const routeState = given.twin?.judge.stateAt() ?? 'closed';
        const state = routeState === 'closed' ? circuits.circuit.stateAt() : routeState;
        noteState(context, state);
        return given;
      };
      return answer instanceof Promise ? answer.then(through) : through(answer);
    },
    left(place, attempt, context) {
      const { classification } = attempt;
      if (classification === undefined) return;
      const now = endOf(attempt, context, clock);
      keys.use(context.key).settle(place, attempt, classification, context, now);
    },
    objection: (context, waitMs) =>
      waitMs < (keys.peek(context.key)?.hopelessForMs(context, clock.now()) ?? 0)
        ? `the circuit is open for longer than the wait of ${waitMs} ms`
        : undefined,
    holdsBack: (context) => keys.peek(context.key)?.sendsProbesOnly(context) ?? false,
  });
}
