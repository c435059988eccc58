import type { Classification } from '../core/classification.ts';
import type { Layer } from '../core/layers.ts';
import type { BudgetReading } from './retry-budget.ts';

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

/** A pace that was learned from throttles. */
export interface PaceReading {
  /** The one route that keeps to it; `undefined` for everything with these credentials. */
  readonly route: string | undefined;
  /** So many attempts start in a second at most. */
  readonly ratePerSecond: number;
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
  /** What the processes have found out together; `undefined` while the server is not known to accept nothing. */
  readonly stop?: SharedStopReading | undefined;
}

/** The server accepts nothing, as several processes have found out. */
export interface SharedStopReading {
  /** How long it is until one of them tries, in milliseconds; 0 where its turn has come. */
  readonly leftMs: number;
  /** For how long it has accepted nothing, in milliseconds. */
  readonly forMs: number;
  /** Throttles in a row, of all of them. */
  readonly throttles: number;
}

/** A limit in requests, tokens or other units as it stands. */
export interface UsageReading {
  readonly unit: string;
  readonly perMs: number;
  /** How many units there are in `perMs`. */
  readonly amount: number;
  /** How many are left, less what calls in flight may use; below 0 where calls used more than they took. */
  readonly left: number;
}

/** A concurrency limit as it stands. */
export interface ConcurrencyReading {
  /** How many attempts may run at once now. */
  readonly limit: number;
  /** How many have a place: they run, or wait for something further in. */
  readonly inFlight: number;
  /** How many wait for a place. */
  readonly waiting: number;
  /** How long the first of them has waited, in milliseconds. */
  readonly longestWaitMs: number;
}

/** When a second attempt is sent, and what speaks against one. */
export interface HedgingReading {
  /** After how many milliseconds a second attempt is sent; `undefined` while too few have ended. */
  readonly delayMs: number | undefined;
  /** So many second attempts are saved up. */
  readonly hedges: number;
  /** Why none is sent at present; `undefined` where nothing speaks against it. */
  readonly heldBackBecause: string | undefined;
}

/** What identical requests share at this moment. */
export interface SharingReading {
  /** Requests under way that several callers wait for. */
  readonly requests: number;
  /** How many callers wait for them. */
  readonly callers: number;
}

/** What holdfast holds against a key, and who waits for it. */
export interface KeyState {
  readonly key: string;
  /** `undefined` where there is no circuit breaker. */
  readonly circuit: CircuitReading | undefined;
  /** The circuits of routes that fail alone, by route. */
  readonly routes: Readonly<Record<string, CircuitReading>>;
  readonly pauses: readonly PauseReading[];
  /** The learned paces that hold calls back. */
  readonly paces: readonly PaceReading[];
  /** What is left of the retry budget; `undefined` where there is none, and for a key that was never called. */
  readonly budget: BudgetReading | undefined;
  /** The places of the concurrency limit; `undefined` where there is none, and for a key that was never called. */
  readonly concurrency: ConcurrencyReading | undefined;
  /** When a second attempt is sent, and why there is none; `undefined` where there is no hedge, and for a key that was never called. */
  readonly hedging: HedgingReading | undefined;
  /** The requests that several callers share; `undefined` where none may. */
  readonly sharing: SharingReading | undefined;
  /** The limits in units, for each scope; none where there is no such limit. */
  readonly usage: readonly UsageReading[];
  /** How many calls wait in line for a token. */
  readonly waiting: number;
  /** How long the first of them has waited, in milliseconds. */
  readonly longestWaitMs: number;
  /** `undefined` where no limit is shared. */
  readonly store: StoreReading | undefined;
}

/** What one layer adds to a control. */
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

/** How a layer is looked at and worked by hand; `undefined` where it is not. */
export const partOf = (layer: Layer): ControlPart | undefined => parts.get(layer);
