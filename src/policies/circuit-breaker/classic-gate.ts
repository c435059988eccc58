import type { Gate } from '../../core/layers.ts';
import type { KeyedStore } from '../../core/keyed-store.ts';
import { notingCause } from './circuit-cause.ts';
import { endOf, noteState, refuseWhileOpen } from './circuit-gate.ts';
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
    left(pass, attempt, context) {
      const { classification } = attempt;
      if (classification === undefined) return;
      const now = endOf(attempt, context, clock);
      keys.use(context.key).settle(pass, attempt, classification, context, now);
    },
    objection: (context, waitMs) =>
      waitMs < (keys.peek(context.key)?.refusesForMs(context, clock.now()) ?? 0)
        ? `the circuit is open for longer than the wait of ${waitMs} ms`
        : undefined,
  });
