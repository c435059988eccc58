import type { Gate } from '../../core/layers.ts';
import type { KeyedStore } from '../../core/keyed-store.ts';
import { notingCause } from './circuit-cause.ts';
import {
  noteState,
  objectionTo,
  refuseWhileOpen,
  settlesIn,
  settlesStreamsIn,
} from './circuit-gate.ts';
import type { ClassicKeyCircuits, Pass } from './classic-key-circuits.ts';
import type { ClassicBreakerSettings } from './classic-options.ts';

/** The gate of classic circuits. */
export const classicGate = (
  { clock, onEvent }: ClassicBreakerSettings,
  keys: KeyedStore<ClassicKeyCircuits>,
): Gate<Pass> =>
  notingCause({
    onEvent,
    enter(context) {
      const circuits = keys.use(context.key);
      const pass = circuits.freePass ?? circuits.admit(context, clock.now());
      if ('retryAfterMs' in pass) return refuseWhileOpen(onEvent, context, pass);
      noteState(context, pass.state.kind);
      return pass;
    },
    left: settlesIn(keys, clock),
    streamEnded: settlesStreamsIn(keys, clock),
    objection: (context, waitMs) =>
      objectionTo(waitMs, keys.peek(context.key)?.refusesForMs(context, clock.now())),
  });
