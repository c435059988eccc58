import { DEFAULT_KEY } from '../core/call.ts';
import type { Classification } from '../core/classification.ts';
import { layersOf } from '../core/layered-policy.ts';
import type { Layer } from '../core/layers.ts';
import { OptionError } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { policiesOf } from './policies-of.ts';

/** A circuit as it stands. */
export interface CircuitReading {
  readonly state: 'closed' | 'open' | 'half-open';
  /** How much longer nobody is let through, in milliseconds; `Infinity` if it was opened by hand. */
  readonly openForMs: number;
  /** The failure that opened it; `undefined` while it is closed, or if it was opened by hand. */
  readonly because: Classification | undefined;
}

/** A limit that lets nothing through for a while, since the server accepts nothing. */
export interface PauseReading {
  /** The one route that is paused; `undefined` for everything with these credentials. */
  readonly route: string | undefined;
  /** How long it is until the next attempt may start, in milliseconds. */
  readonly leftMs: number;
  /** The latest throttle. */
  readonly because: Classification;
}

/** How a limit that is shared with other processes stands with its store. */
export interface StoreReading {
  /** `'alone'` while the store does not do its work, and `onStoreError` says what happens to calls. */
  readonly state: 'joined' | 'alone';
  /** How many processes share the limit, as far as is known, this one included. */
  readonly members: number;
  /** For how long the store has not done its work, in milliseconds. */
  readonly aloneMs: number;
  /** Why; `undefined` while it does. */
  readonly failure: string | undefined;
}

/** What holdfast holds against a key, and who waits for it. */
export interface KeyState {
  readonly key: string;
  /** `undefined` where there is no circuit breaker. */
  readonly circuit: CircuitReading | undefined;
  /** The circuits of routes that fail alone, by route. */
  readonly routes: Readonly<Record<string, CircuitReading>>;
  readonly pauses: readonly PauseReading[];
  /** How many calls wait in line for a token. */
  readonly waiting: number;
  /** How long the first of them has waited, in milliseconds. */
  readonly longestWaitMs: number;
  /** `undefined` where no limit is shared. */
  readonly store: StoreReading | undefined;
}

/** Looks at what a wrapped fetch, or a policy, holds back, and lifts it. Keys are `'default'` where left out. */
export interface Control {
  /** The keys of which anything is remembered. */
  keys(): readonly string[];
  state(key?: string): KeyState;
  /** Lifts the pauses of a key: the next call goes at once. */
  resume(key?: string): void;
  /** Opens the circuit of a key until {@link Control.close} is called. */
  open(key?: string): void;
  /** Closes the circuits of a key. */
  close(key?: string): void;
  /** Forgets all that was learned of a key. Those who wait go on waiting. */
  reset(key?: string): void;
}

/** What one layer adds to a {@link Control}. */
export interface ControlPart {
  keys(): Iterable<string>;
  read(key: string): Partial<KeyState>;
  resume?(key: string): void;
  open?(key: string): void;
  close?(key: string): void;
  reset?(key: string): void;
}

// Beside the layers and not in them: an attempt never looks here.
const parts = new WeakMap<Layer, ControlPart>();

/** Says how a layer is looked at and worked by hand. */
export function controlledBy<L extends Layer>(layer: L, part: ControlPart): L {
  parts.set(layer, part);
  return layer;
}

/**
 * The control of a wrapped fetch, or of a policy: what is open or paused and why, who waits, and
 * the way out of it.
 *
 * @throws {@link OptionError} for anything else.
 */
export function controlOf(fetchOrPolicy: object): Control {
  const given = policiesOf(fetchOrPolicy);
  if (!given && typeof (fetchOrPolicy as Partial<Policy> | undefined)?.execute !== 'function') {
    throw new OptionError('controlOf', 'a wrapped fetch or a policy', fetchOrPolicy);
  }
  const layers = new Set((given ?? [fetchOrPolicy as Policy]).flatMap(layersOf));
  const own = [...layers].flatMap((layer) => parts.get(layer) ?? []);
  return {
    keys: () => [...new Set(own.flatMap((part) => [...part.keys()]))],
    state: (key = DEFAULT_KEY) => own.map((part) => part.read(key)).reduce(join, idle(key)),
    resume: (key = DEFAULT_KEY) => own.forEach((part) => part.resume?.(key)),
    open: (key = DEFAULT_KEY) => own.forEach((part) => part.open?.(key)),
    close: (key = DEFAULT_KEY) => own.forEach((part) => part.close?.(key)),
    reset: (key = DEFAULT_KEY) => own.forEach((part) => part.reset?.(key)),
  };
}

const idle = (key: string): KeyState => ({
  key,
  circuit: undefined,
  routes: {},
  pauses: [],
  waiting: 0,
  longestWaitMs: 0,
  store: undefined,
});

const join = (all: KeyState, one: Partial<KeyState>): KeyState => ({
  key: all.key,
  circuit: all.circuit ?? one.circuit,
  routes: { ...all.routes, ...one.routes },
  pauses: [...all.pauses, ...(one.pauses ?? [])],
  waiting: all.waiting + (one.waiting ?? 0),
  longestWaitMs: Math.max(all.longestWaitMs, one.longestWaitMs ?? 0),
  store: all.store ?? one.store,
});
