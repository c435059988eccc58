import type { Gate } from '../../core/layers.ts';
import type { KeyedStore } from '../../core/keyed-store.ts';
import type { AdaptiveKeyCircuits } from './adaptive-key-circuits.ts';
import type { CircuitBreakerSettings } from './adaptive-options.ts';
import { notingCause } from './circuit-cause.ts';
import {
  noteState,
  objectionTo,
  refuseWhileOpen,
  settlesIn,
  settlesStreamsIn,
} from './circuit-gate.ts';
import type { Place } from './in-flight.ts';

/** The gate of adaptive circuits. */
export function adaptiveGate(
  { clock, onEvent }: CircuitBreakerSettings,
  keys: Pick<KeyedStore<AdaptiveKeyCircuits>, 'use' | 'peek'>,
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
    left: settlesIn(keys, clock),
    streamEnded: settlesStreamsIn(keys, clock),
    objection: (context, waitMs) =>
      objectionTo(waitMs, keys.peek(context.key)?.hopelessForMs(context, clock.now())),
    holdsBack: (context) => keys.peek(context.key)?.sendsProbesOnly(context) ?? false,
  });
}
