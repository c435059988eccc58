import { DEFAULT_KEY } from '../core/call.ts';
import type { EventListener } from '../core/events.ts';
import { layersOf } from '../core/layered-policy.ts';
import { OptionError, callable } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { listenTo } from '../core/relay.ts';
import { partOf, type KeyState } from './control-part.ts';
import { wrappingOf } from './wrapping.ts';

export {
  controlledBy,
  type CircuitReading,
  type ConcurrencyReading,
  type ControlPart,
  type HedgingReading,
  type KeyState,
  type PaceReading,
  type PauseReading,
  type SharedStopReading,
  type SharingReading,
  type StoreReading,
  type UsageReading,
} from './control-part.ts';

/** Looks at what a wrapped fetch, or a policy, holds back, and lifts it. Keys are `'default'` where left out. */
export interface Control {
  /** The keys of which anything is remembered. */
  keys(): readonly string[];
  state(key?: string): KeyState;
  /** Lifts the pauses and learned paces of a key: the next call goes at once. */
  resume(key?: string): void;
  /** Opens the circuit of a key until {@link Control.close} is called. */
  open(key?: string): void;
  /** Closes the circuits of a key. */
  close(key?: string): void;
  /**
   * Tells a listener of every event from now on. Calls pay for events only while somebody listens.
   *
   * @returns ends it
   */
  subscribe(listener: EventListener): () => void;
  /** Forgets all that was learned of a key. Those who wait go on waiting. */
  reset(key?: string): void;
}

/**
 * The control of a wrapped fetch, or of a policy: what is open or paused and why, who waits, and
 * the way out of it.
 *
 * @throws {@link OptionError} for anything else.
 *
 * @example
 * const control = controlOf(fetch);
 * for (const key of control.keys()) console.log(key, control.state(key).circuit?.state);
 */
export function controlOf(fetchOrPolicy: object): Control {
  const given = wrappingOf(fetchOrPolicy);
  if (!given && typeof (fetchOrPolicy as Partial<Policy> | undefined)?.execute !== 'function') {
    throw new OptionError('controlOf', 'a wrapped fetch or a policy', fetchOrPolicy);
  }
  const layers = new Set((given?.policies ?? [fetchOrPolicy as Policy]).flatMap(layersOf));
  const own = [...[...layers].flatMap((layer) => partOf(layer) ?? []), ...(given?.controls ?? [])];
  return {
    keys: () => [...new Set(own.flatMap((part) => [...part.keys()]))],
    state: (key = DEFAULT_KEY) => own.map((part) => part.read(key)).reduce(join, idle(key)),
    resume: (key = DEFAULT_KEY) => own.forEach((part) => part.resume?.(key)),
    open: (key = DEFAULT_KEY) => own.forEach((part) => part.open?.(key)),
    close: (key = DEFAULT_KEY) => own.forEach((part) => part.close?.(key)),
    subscribe(listener) {
      if (!callable.accepts(listener)) {
        throw new OptionError('controlOf.subscribe', callable.expected, listener);
      }
      const told = [...layers].flatMap(({ onEvent }) => onEvent ?? []);
      return listenTo(new Set([...told, ...(given?.listeners ?? [])]), listener);
    },
    reset: (key = DEFAULT_KEY) => own.forEach((part) => part.reset?.(key)),
  };
}

const idle = (key: string): KeyState => ({
  key,
  circuit: undefined,
  routes: {},
  pauses: [],
  paces: [],
  budget: undefined,
  concurrency: undefined,
  hedging: undefined,
  sharing: undefined,
  usage: [],
  waiting: 0,
  longestWaitMs: 0,
  store: undefined,
});

const join = (all: KeyState, one: Partial<KeyState>): KeyState => ({
  key: all.key,
  circuit: all.circuit ?? one.circuit,
  routes: { ...all.routes, ...one.routes },
  pauses: [...all.pauses, ...(one.pauses ?? [])],
  paces: [...all.paces, ...(one.paces ?? [])],
  budget: all.budget ?? one.budget,
  concurrency: all.concurrency ?? one.concurrency,
  hedging: all.hedging ?? one.hedging,
  sharing: all.sharing ?? one.sharing,
  usage: [...all.usage, ...(one.usage ?? [])],
  waiting: all.waiting + (one.waiting ?? 0),
  longestWaitMs: Math.max(all.longestWaitMs, one.longestWaitMs ?? 0),
  store: all.store ?? one.store,
});
