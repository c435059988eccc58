import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { CIRCUIT_STATES, type ServerState, type StateReadings } from './state-readings.ts';

/** One gauge, and its values for one server. */
interface Gauge {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly observe: (state: ServerState, tell: Tell) => void;
}

type Tell = (value: number | undefined, attributes?: Attributes) => void;

/** Seconds; without an end where it was opened by hand. */
const seconds = (ms: number): number => ms / 1000;

const GAUGES: readonly Gauge[] = [
  {
    name: 'holdfast.circuit.state',
    description: '1 for the state that the circuit is in, 0 for the others.',
    unit: '{circuit}',
    observe: ({ circuit }, tell) => {
      if (circuit === undefined) return;
      for (const state of CIRCUIT_STATES) {
        tell(state === circuit ? 1 : 0, { 'holdfast.circuit.state': state });
      }
    },
  },
  {
    name: 'holdfast.circuit.open.remaining',
    description: 'How much longer the circuit lets nobody through; +Inf if it was opened by hand.',
    unit: 's',
    observe: ({ circuit, openForMs }, tell) => {
      if (circuit !== undefined) tell(seconds(openForMs));
    },
  },
  {
    name: 'holdfast.circuit.routes_open',
    description:
      'Routes that fail while the others of their server answer: their circuits are open.',
    unit: '{route}',
    observe: ({ routesOpen }, tell) => tell(routesOpen),
  },
  {
    name: 'holdfast.limiter.queue.size',
    description: 'Calls that wait in line for a token.',
    unit: '{call}',
    observe: ({ waiting }, tell) => tell(waiting),
  },
  {
    name: 'holdfast.limiter.queue.oldest',
    description: 'How long the first in line has waited.',
    unit: 's',
    observe: ({ longestWaitMs }, tell) => tell(seconds(longestWaitMs)),
  },
  {
    name: 'holdfast.limiter.paused',
    description: '1 while the server accepts nothing and calls wait for it.',
    unit: '{server}',
    observe: ({ isPaused }, tell) => tell(isPaused ? 1 : 0),
  },
  {
    name: 'holdfast.limiter.pause.remaining',
    description: 'How long it is until the next attempt starts.',
    unit: 's',
    observe: ({ pauseLeftMs }, tell) => tell(seconds(pauseLeftMs)),
  },
  {
    name: 'holdfast.limiter.rate',
    description: 'The pace that was learned from throttles, in attempts a second.',
    unit: '{attempt}/s',
    observe: ({ ratePerSecond }, tell) => tell(ratePerSecond),
  },
  {
    name: 'holdfast.budget.level',
    description: 'Extra attempts that may be made now.',
    unit: '{attempt}',
    observe: ({ budget }, tell) => tell(budget),
  },
  {
    name: 'holdfast.concurrency.limit',
    description: 'How many attempts may run at once.',
    unit: '{attempt}',
    observe: ({ concurrencyLimit }, tell) => tell(concurrencyLimit),
  },
  {
    name: 'holdfast.concurrency.in_flight',
    description: 'How many attempts have a place.',
    unit: '{attempt}',
    observe: ({ concurrencyLimit, inFlight }, tell) => {
      if (concurrencyLimit !== undefined) tell(inFlight);
    },
  },
  {
    name: 'holdfast.concurrency.queue.size',
    description: 'Calls that wait for a place.',
    unit: '{call}',
    observe: ({ concurrencyLimit, waitingForPlace }, tell) => {
      if (concurrencyLimit !== undefined) tell(waitingForPlace);
    },
  },
  {
    name: 'holdfast.hedge.delay',
    description: 'After how long a second attempt is sent.',
    unit: 's',
    observe: ({ hedgeDelayMs }, tell) =>
      tell(hedgeDelayMs === undefined ? undefined : seconds(hedgeDelayMs)),
  },
  {
    name: 'holdfast.usage.level',
    description: 'What is left of a limit in units, as a share of it; the smallest of all scopes.',
    unit: '1',
    observe: ({ usage }, tell) => {
      for (const { unit, perMs, level } of usage.values()) {
        tell(level, { 'holdfast.usage.unit': unit, 'holdfast.usage.per': seconds(perMs) });
      }
    },
  },
  {
    name: 'holdfast.store.joined',
    description: '1 while a shared limit or circuit has its store, 0 while it goes on alone.',
    unit: '{store}',
    observe: ({ store }, tell) => tell(store && (store.isJoined ? 1 : 0)),
  },
  {
    name: 'holdfast.fleet.members',
    description: 'How many processes share a limit or circuit, this one included.',
    unit: '{process}',
    observe: ({ store }, tell) => tell(store?.members),
  },
  {
    name: 'holdfast.fleet.stopped',
    description: '1 while all processes have stopped, since the server accepts nothing.',
    unit: '{server}',
    observe: ({ store }, tell) => tell(store && (store.isStopped ? 1 : 0)),
  },
];

/**
 * Makes the gauges, which read the state when metrics are collected.
 *
 * @returns a function that ends it
 */
export function observeState(meter: Meter, readings: StateReadings): () => void {
  const gauges = GAUGES.map(({ name, description, unit, observe }) => ({
    observable: meter.createObservableGauge(name, { description, unit }),
    observe,
  }));
  const observables: Observable[] = gauges.map(({ observable }) => observable);
  const callback = (result: BatchObservableResult): void => {
    for (const state of readings.read()) {
      for (const { observable, observe } of gauges) {
        observe(state, (value, attributes) => {
          if (value === undefined) return;
          result.observe(observable, value, { ...state.server, ...attributes });
        });
      }
    }
  };
  meter.addBatchObservableCallback(callback, observables);
  return () => meter.removeBatchObservableCallback(callback, observables);
}
