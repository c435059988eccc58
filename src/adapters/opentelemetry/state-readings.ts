import type { ServerAttributes } from './http-attributes.ts';
import type { KeyState, StoreReading } from '../../policies/control-part.ts';
import { controlOf } from '../../policies/control.ts';

/** The states of a circuit, from the best to the worst. */
export const CIRCUIT_STATES = ['closed', 'half-open', 'open'] as const;

/** What one server is held back by, over all fetches and policies that are looked at. */
export interface ServerState {
  readonly server: ServerAttributes;
  /** The worst circuit; `undefined` where there is none. */
  circuit: (typeof CIRCUIT_STATES)[number] | undefined;
  openForMs: number;
  routesOpen: number;
  waiting: number;
  longestWaitMs: number;
  isPaused: boolean;
  pauseLeftMs: number;
  /** The slowest of the learned paces, in attempts a second. */
  ratePerSecond: number | undefined;
  /** The smallest of the budgets. */
  budget: number | undefined;
  concurrencyLimit: number | undefined;
  inFlight: number;
  waitingForPlace: number;
  hedgeDelayMs: number | undefined;
  /** The limits in units, by unit and time. */
  readonly usage: Map<string, UsageLevel>;
  /** What is shared with other processes; `undefined` where nothing is. */
  store: StoreState | undefined;
}

/** The emptiest of the limits in one unit over one time. */
interface UsageLevel {
  readonly unit: string;
  readonly perMs: number;
  /** The share that is left; below 0 where calls used more than they took. */
  readonly level: number;
}

/** How what is shared stands: whatever is worst. */
interface StoreState {
  readonly isJoined: boolean;
  readonly members: number;
  readonly isStopped: boolean;
}

/** Reads the state of all that is observed, when a metric is collected and no sooner. */
export class StateReadings {
  readonly #watched = new Set<WeakRef<object>>();
  readonly #serverOf: (key: string) => ServerAttributes;

  /** @param serverOf - the server of a key, within the bound of all servers */
  constructor(serverOf: (key: string) => ServerAttributes) {
    this.#serverOf = serverOf;
  }

  /**
   * Observes a fetch or a policy for as long as somebody else holds it.
   *
   * @returns a function that ends it
   */
  watch(fetchOrPolicy: object): () => void {
    const watched = new WeakRef(fetchOrPolicy);
    this.#watched.add(watched);
    return () => void this.#watched.delete(watched);
  }

  read(): Iterable<ServerState> {
    const states = new Map<string, ServerState>();
    for (const watched of this.#watched) {
      const target = watched.deref();
      if (target === undefined) {
        this.#watched.delete(watched);
        continue;
      }
      const control = controlOf(target);
      for (const key of control.keys()) {
        const server = this.#serverOf(key);
        const id = `${server['server.address']} ${server['server.port']}`;
        const state = states.get(id) ?? unheld(server);
        states.set(id, state);
        add(state, control.state(key));
      }
    }
    return states.values();
  }
}

const unheld = (server: ServerAttributes): ServerState => ({
  server,
  circuit: undefined,
  openForMs: 0,
  routesOpen: 0,
  waiting: 0,
  longestWaitMs: 0,
  isPaused: false,
  pauseLeftMs: 0,
  ratePerSecond: undefined,
  budget: undefined,
  concurrencyLimit: undefined,
  inFlight: 0,
  waitingForPlace: 0,
  hedgeDelayMs: undefined,
  usage: new Map(),
  store: undefined,
});

/** Several fetches may ask one server: the worst of each counts, and lines add up. */
function add(state: ServerState, key: KeyState): void {
  const { circuit, routes, pauses, paces, budget, concurrency, hedging } = key;
  if (circuit !== undefined) {
    state.circuit = worse(state.circuit, circuit.state);
    state.openForMs = Math.max(state.openForMs, circuit.openForMs);
  }
  state.routesOpen += Object.values(routes).filter((route) => route.state === 'open').length;
  state.waiting += key.waiting;
  state.longestWaitMs = Math.max(state.longestWaitMs, key.longestWaitMs);
  for (const { leftMs } of pauses) {
    state.isPaused = true;
    state.pauseLeftMs = Math.max(state.pauseLeftMs, leftMs);
  }
  for (const { ratePerSecond } of paces) {
    state.ratePerSecond = Math.min(state.ratePerSecond ?? Infinity, ratePerSecond);
  }
  if (budget !== undefined) state.budget = Math.min(state.budget ?? Infinity, budget.tokens);
  if (concurrency !== undefined) {
    state.concurrencyLimit = Math.min(state.concurrencyLimit ?? Infinity, concurrency.limit);
    state.inFlight += concurrency.inFlight;
    state.waitingForPlace += concurrency.waiting;
    state.longestWaitMs = Math.max(state.longestWaitMs, concurrency.longestWaitMs);
  }
  if (hedging?.delayMs !== undefined) {
    state.hedgeDelayMs = Math.min(state.hedgeDelayMs ?? Infinity, hedging.delayMs);
  }
  for (const { unit, perMs, amount, left } of key.usage) {
    const id = `${unit} ${perMs}`;
    const level = Math.min(state.usage.get(id)?.level ?? Infinity, left / amount);
    state.usage.set(id, { unit, perMs, level });
  }
  if (key.store !== undefined) state.store = worseStore(state.store, key.store);
}

const worseStore = (one: StoreState | undefined, other: StoreReading): StoreState => ({
  isJoined: (one?.isJoined ?? true) && other.state === 'joined',
  members: Math.max(one?.members ?? 0, other.members),
  isStopped: (one?.isStopped ?? false) || other.stop !== undefined,
});

type State = (typeof CIRCUIT_STATES)[number];
const worse = (one: State | undefined, other: State): State =>
  one !== undefined && CIRCUIT_STATES.indexOf(one) > CIRCUIT_STATES.indexOf(other) ? one : other;
