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
import { notingCause } from './circuit-cause.ts';
import {
  readCircuitBreakerOptions,
  type CircuitBreakerOptions,
} from './circuit-breaker-options.ts';
import { endOf, newCircuit, noteState, refuseWhileOpen } from './circuit-gate.ts';
import type { CircuitSnapshot, CircuitState } from './circuit-state.ts';
import type { Circuit } from './circuit.ts';
import { KeyCircuits, type Pass } from './key-circuits.ts';

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
 * Stops calling a key that keeps failing: a run of failures, or a ratio of them. A 5xx, a lost
 * connection and a time-out are failures, also a time-out of the caller's own; every other answer is
 * a sign of life. Prose, aborts, holdfast's own refusals and failures whose cause the runtime hides
 * (a browser's `Failed to fetch`) say nothing. Only first tries count.
 *
 * What fails on one route says nothing of the others: that route gets a circuit of its own.
 *
 * While it is open calls are refused at once with a {@link CircuitOpenError} that says when to
 * come back. Then a few probes are let through, and everybody else is refused until they have
 * succeeded. Outcomes of calls that began before the state changed are ignored.
 *
 * @throws {@link OptionError} for options that cannot work.
 */
export function circuitBreaker(options?: CircuitBreakerOptions): CircuitBreakerPolicy {
  const settings = readCircuitBreakerOptions(options);
  const { clock, onEvent } = settings;
  const keys = new KeyedStore<KeyCircuits>(
    settings.maxKeys,
    (key) => new KeyCircuits((route) => newCircuit(settings, key, route)),
    ({ endsAt }) => endsAt,
  );

  const circuitBreakerGate: Gate<Pass> = notingCause({
    onEvent,
    enter(context) {
      const circuits = keys.use(context.key);
      const pass = circuits.freePass ?? circuits.admit(context, clock.now());
      if ('retryAfterMs' in pass) {
        return refuseWhileOpen(settings, context, pass.retryAfterMs, pass.by);
      }
      noteState(context, pass.state);
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

  const read = (circuit: Circuit): CircuitReading => ({
    state: circuit.stateAt(clock.now()),
    openForMs: circuit.refusesForMs(clock.now()),
    because: circuit.because,
  });
  controlledBy(circuitBreakerGate, {
    keys: () => Array.from(keys.entries(), ([key]) => key),
    read(key) {
      const circuits = keys.peek(key);
      if (circuits === undefined) return { circuit: CLOSED };
      const routes = Array.from(circuits.routes(), ([route, own]) => [route, read(own)]);
      return { circuit: read(circuits.circuit), routes: Object.fromEntries(routes) };
    },
    open: (key) => keys.use(key).circuit.forceOpen(),
    close: (key) => keys.peek(key)?.close(),
    reset: (key) => keys.peek(key)?.close(),
  });

  return {
    ...policyOf([circuitBreakerGate], { clock, readerFor: readPlainly }),
    state: (key = DEFAULT_KEY) => keys.peek(key)?.circuit.stateAt(clock.now()) ?? 'closed',
    forceOpen: (key = DEFAULT_KEY) => keys.use(key).circuit.forceOpen(),
    close: (key = DEFAULT_KEY) => keys.peek(key)?.close(),
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
