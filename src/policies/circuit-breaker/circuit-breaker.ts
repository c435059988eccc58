import { DEFAULT_KEY } from '../../core/call.ts';
import { KeyedStore } from '../../core/keyed-store.ts';
import { policyOf } from '../../core/layered-policy.ts';
import type { Gate } from '../../core/layers.ts';
import {
  OptionError,
  nonNegative,
  oneOf,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import type { Policy } from '../../core/policy.ts';
import { readPlainly } from '../plain-reader.ts';
import { controlledBy, type CircuitReading } from '../control.ts';
import { AdaptiveCircuit } from './adaptive-circuit.ts';
import { adaptiveGate } from './adaptive-gate.ts';
import { AdaptiveKeyCircuits } from './adaptive-key-circuits.ts';
import { readCircuitBreakerOptions, type CircuitBreakerSettings } from './adaptive-options.ts';
import type { CircuitBreakerOptions } from './circuit-breaker-options.ts';
import { changesTold } from './circuit-gate.ts';
import type { Circuit, CircuitSnapshot, CircuitState, CircuitsOfKey } from './circuit-state.ts';
import { ClassicCircuit } from './classic-circuit.ts';
import { classicGate } from './classic-gate.ts';
import { ClassicKeyCircuits } from './classic-key-circuits.ts';
import { CLASSIC_CIRCUIT_DEFAULTS, readClassicOptions } from './classic-options.ts';

// It may come from a file or another process, and a circuit restored from nonsense never opens.
const SNAPSHOT_CHECKS: Checks<CircuitSnapshot> = {
  state: oneOf('closed', 'open', 'half-open'),
  openForMs: {
    expected: `${nonNegative.expected}, or null`,
    accepts: (value) => value === null || nonNegative.accepts(value),
  },
  openings: wholeNumber(0),
  because: { expected: 'a string', accepts: (value) => typeof value === 'string' },
};
const SNAPSHOT_NAMES = ['state', 'openForMs', 'openings'] as const;

/** A circuit breaker that can also be looked at and worked by hand. */
export interface CircuitBreakerPolicy extends Policy {
  /** The state of a key's own circuit; `'closed'` for a key that it does not know. `controlOf` shows those of its routes. */
  state(key?: string): CircuitState;
  /** Opens a key's circuit until {@link CircuitBreakerPolicy.close} is called. */
  forceOpen(key?: string): void;
  /** Closes a key's circuit and forgets what it has counted. */
  close(key?: string): void;
  /** The state of every circuit that is not closed, as plain data. */
  toJSON(): Record<string, CircuitSnapshot>;
  /**
   * Takes over what {@link CircuitBreakerPolicy.toJSON} gave, in this process or in another.
   *
   * @throws {@link OptionError} for anything else.
   */
  restore(snapshots: Readonly<Record<string, CircuitSnapshot>>): void;
}

/**
 * Stops calling a key that keeps failing. A 5xx, a lost connection and a time-out are failures, also
 * a time-out of the caller's own; every other answer is a sign of life. Prose, aborts, holdfast's own
 * refusals and failures whose cause the runtime hides (a browser's `Failed to fetch`) say nothing.
 *
 * What fails on one route says nothing of the others: that route gets a circuit of its own.
 *
 * Eight errors in a row open the circuit, or three time-outs; an attempt that is overdue counts as a
 * time-out at once. While it is open spaced probes are let out. With the first answer it is half-open:
 * a window of attempts in flight, which grows with quick answers. Where answers still come it is
 * half-open at once. All others wait a moment, three seconds at most, and are then refused with a
 * {@link CircuitOpenError} that says when to come back.
 *
 * With `mode: 'classic'` a run of failures, or a ratio of them, opens it for a set time, in which
 * calls are refused at once. Then a few probes are let through, and everybody else is refused until
 * they have succeeded.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const policy = pipeline(retry(), circuitBreaker());
 * const shared = circuitBreaker({ attemptTimeoutMs: 5_000 });
 */
export function circuitBreaker(options?: CircuitBreakerOptions): CircuitBreakerPolicy {
  const settings = readCircuitBreakerOptions(options);
  const { clock } = settings;
  const { gate, keys } =
    settings.mode === 'classic' ? classicCircuits(options) : adaptiveCircuits(settings);

  const read = (circuit: Circuit): CircuitReading => ({
    state: circuit.stateAt(clock.now()),
    openForMs: circuit.refusesForMs(clock.now()),
    because: circuit.because,
  });
  controlledBy(gate, {
    keys: () => Array.from(keys.entries(), ([key]) => key),
    read(key) {
      const circuits = keys.peek(key);
      if (circuits === undefined) return { circuit: CLOSED };
      const routes = Array.from(circuits.routes(), ([route, own]) => [route, read(own)]);
      return {
        circuit: read(circuits.circuit),
        routes: Object.fromEntries(routes),
        waiting: circuits.waiting,
        longestWaitMs: circuits.longestWaitMs(clock.now()),
      };
    },
    open: (key) => keys.use(key).circuit.forceOpen(clock.now()),
    close: (key) => keys.peek(key)?.close(clock.now()),
    reset: (key) => keys.peek(key)?.close(clock.now()),
  });

  return {
    ...policyOf([gate], { clock, readerFor: readPlainly }),
    state: (key = DEFAULT_KEY) => keys.peek(key)?.circuit.stateAt(clock.now()) ?? 'closed',
    forceOpen: (key = DEFAULT_KEY) => keys.use(key).circuit.forceOpen(clock.now()),
    close: (key = DEFAULT_KEY) => keys.peek(key)?.close(clock.now()),
    toJSON() {
      const now = clock.now();
      const snapshots = Array.from(
        keys.entries(),
        ([key, { circuit }]) => [key, circuit.snapshot(now)] as const,
      );
      return Object.fromEntries(snapshots.filter(([, { state }]) => state !== 'closed'));
    },
    restore(snapshots) {
      if (typeof snapshots !== 'object' || snapshots === null || Array.isArray(snapshots)) {
        throw new OptionError('circuitBreaker.restore', 'what toJSON() gave', snapshots);
      }
      for (const [key, given] of Object.entries(snapshots)) {
        const owner = `circuitBreaker.restore[${JSON.stringify(key)}]`;
        const snapshot = readOptions(owner, given, {}, SNAPSHOT_CHECKS, SNAPSHOT_NAMES);
        keys.use(key).circuit.restore(snapshot, clock.now());
      }
    },
  };
}

const CLOSED: CircuitReading = Object.freeze({ state: 'closed', openForMs: 0, because: undefined });

/** A gate and the circuits that it asks. */
interface GateAndCircuits {
  readonly gate: Gate;
  readonly keys: Pick<KeyedStore<CircuitsOfKey>, 'use' | 'peek' | 'entries'>;
}

const circuitsEndAt = ({ endsAt }: CircuitsOfKey): number => endsAt;

function adaptiveCircuits(settings: CircuitBreakerSettings): GateAndCircuits {
  const { clock, random, onEvent, maxKeys, attemptTimeoutMs, failureRatio } = settings;
  const {
    minimumCalls = CLASSIC_CIRCUIT_DEFAULTS.minimumCalls,
    windowMs = CLASSIC_CIRCUIT_DEFAULTS.windowMs,
  } = settings;
  const ratio = failureRatio === undefined ? undefined : { failureRatio, minimumCalls, windowMs };
  const own = { attemptTimeoutMs, clock, random, ratio };
  const newCircuits = (key: string) =>
    new AdaptiveKeyCircuits(
      clock,
      (route) => new AdaptiveCircuit(own, changesTold(onEvent, key, route)),
    );
  const keys = new KeyedStore(maxKeys, newCircuits, circuitsEndAt);
  return { gate: adaptiveGate(settings, keys) as Gate, keys };
}

function classicCircuits(options: CircuitBreakerOptions | undefined): GateAndCircuits {
  const settings = readClassicOptions(options);
  const { random, onEvent, maxKeys } = settings;
  const newCircuits = (key: string) =>
    new ClassicKeyCircuits(
      (route) => new ClassicCircuit(settings, random, changesTold(onEvent, key, route)),
    );
  const keys = new KeyedStore(maxKeys, newCircuits, circuitsEndAt);
  return { gate: classicGate(settings, keys) as Gate, keys };
}
