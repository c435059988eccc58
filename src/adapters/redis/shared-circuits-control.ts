import type { Clock } from '../../core/clock.ts';
import type { KeyedStore } from '../../core/keyed-store.ts';
import type { CircuitReading, ControlPart } from '../../policies/control.ts';
import type { SharedCircuit } from './shared-circuit.ts';

/** How shared circuits are looked at and worked by hand. With a name all keys share one. */
export function sharedCircuitsControl(
  circuits: KeyedStore<SharedCircuit>,
  name: string | undefined,
  clock: Clock,
): ControlPart {
  const close = (key: string): void => circuits.use(name ?? key).close(clock.now());
  return {
    keys: () => Array.from(circuits.entries(), ([key]) => key),
    read(key) {
      const shared = circuits.peek(name ?? key);
      if (shared === undefined) return { circuit: CLOSED };
      const now = clock.now();
      const { store, local, fleet } = shared;
      const { members, aloneSince, failure } = store;
      const read = (circuit: Pick<SharedCircuit, 'state' | 'because'>, openForMs: number) => ({
        state: circuit.state,
        openForMs,
        because: circuit.because,
      });
      const routes = Array.from(local.routes(), ([route, own]) => {
        const { because } = own;
        return [route, read({ state: own.stateAt(), because }, own.refusesForMs(now))] as const;
      });
      return {
        circuit: read(shared, shared.refusesForMs(now)),
        routes: Object.fromEntries(routes),
        waiting: shared.waiting,
        longestWaitMs: Math.max(fleet.longestWaitMs(now), local.longestWaitMs(now)),
        store: {
          state: failure === undefined ? 'joined' : 'alone',
          members,
          aloneMs: aloneSince === undefined ? 0 : now - aloneSince,
          failure,
        },
      };
    },
    open: (key) => circuits.use(name ?? key).open(clock.now()),
    close,
    reset: close,
  };
}

const CLOSED: CircuitReading = Object.freeze({ state: 'closed', openForMs: 0, because: undefined });
