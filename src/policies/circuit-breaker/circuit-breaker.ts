import { refusal } from '../../core/classification.ts';
import type { Context } from '../../core/context.ts';
import { withoutStack } from '../../core/errors.ts';
import { emit } from '../../core/events.ts';
import { KeyedStore } from '../../core/keyed-store.ts';
import { policyOf } from '../../core/layered-policy.ts';
import type { Gate } from '../../core/layers.ts';
import {
  OptionError,
  nonNegative,
  oneOf,
  positive,
  ratio,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import {
  RANDOM_POLICY_CHECKS,
  REAL_WORLD,
  type RandomPolicyOptions,
} from '../../core/policy-options.ts';
import type { Policy } from '../../core/policy.ts';
import { readPlainly } from '../plain-reader.ts';
import { controlledBy, type CircuitReading } from '../control.ts';
import { CircuitOpenError } from './circuit-open-error.ts';
import type { CircuitSnapshot, CircuitState } from './circuit-state.ts';
import { Circuit } from './circuit.ts';
import { KeyCircuits, type CircuitRefusal, type Pass } from './key-circuits.ts';
import './circuit-events.ts';

declare module '../../core/report.ts' {
  interface AttemptNotes {
    /** The circuit's state when it was let through; absent where no breaker was asked. */
    readonly circuit?: 'closed' | 'half-open';
  }
}

/** When a circuit opens, for how long, and how it is tried again. */
export interface CircuitBreakerOptions extends RandomPolicyOptions {
  /** So many failures in a row open the circuit, more where many fail by chance; `Infinity` for none. @defaultValue 5 */
  readonly consecutiveFailures?: number | undefined;
  /** The share of failures, above 0 and up to 1, at which the circuit opens. @defaultValue 0.5 */
  readonly failureRatio?: number | undefined;
  /** How many calls the window must hold before the ratio means anything. @defaultValue 10 */
  readonly minimumCalls?: number | undefined;
  /** How far back the ratio looks, in milliseconds. @defaultValue 10000 */
  readonly windowMs?: number | undefined;
  /** How long the circuit stays open the first time, in milliseconds; doubled while probes fail, ±10 %. @defaultValue 5000 */
  readonly openMs?: number | undefined;
  /** How long it stays open at most, in milliseconds, unless the server asks for longer. @defaultValue 60000 */
  readonly maxOpenMs?: number | undefined;
  /** How many probes must succeed to close it; as many are let through at once. @defaultValue 1 */
  readonly halfOpenProbes?: number | undefined;
  /** After how many milliseconds a probe that has not ended no longer keeps others from trying. @defaultValue 30000 */
  readonly probeTimeoutMs?: number | undefined;
  /** How many keys are remembered; closed circuits leave first, those forced open never. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/**
 * Five in a row are no bad luck where hardly any fails. Half of at least ten calls in ten seconds is an outage and not bad luck; five seconds is long
 * enough to spare a server and short enough to notice that it is back.
 */
export const CIRCUIT_BREAKER_DEFAULTS = Object.freeze({
  consecutiveFailures: 5,
  failureRatio: 0.5,
  minimumCalls: 10,
  windowMs: 10_000,
  openMs: 5000,
  maxOpenMs: 60_000,
  halfOpenProbes: 1,
  probeTimeoutMs: 30_000,
  maxKeys: 1000,
});

const CIRCUIT_BREAKER_CHECKS: Checks<CircuitBreakerOptions> = {
  ...RANDOM_POLICY_CHECKS,
  consecutiveFailures: wholeNumber(1, 'or-infinity'),
  failureRatio: ratio,
  minimumCalls: wholeNumber(1),
  windowMs: positive,
  openMs: positive,
  maxOpenMs: positive,
  halfOpenProbes: wholeNumber(1),
  probeTimeoutMs: positive,
  maxKeys: wholeNumber(1),
};

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

const DEFAULT_KEY = 'default';

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
  const settings = readOptions(
    'circuitBreaker',
    options,
    { ...CIRCUIT_BREAKER_DEFAULTS, ...REAL_WORLD },
    CIRCUIT_BREAKER_CHECKS,
  );
  if (settings.maxOpenMs < settings.openMs) {
    const expected = `at least openMs (${settings.openMs})`;
    throw new OptionError('circuitBreaker.maxOpenMs', expected, settings.maxOpenMs);
  }
  const { clock, onEvent } = settings;

  const newCircuit = (key: string, route?: string) =>
    new Circuit(settings, settings.random, (from, to, openMs, classification) => {
      if (!onEvent) return;
      const change = { from, to, openMs, classification };
      emit(onEvent, { type: 'circuit-changed', by: 'circuit-breaker', key, route, ...change });
    });
  const keys = new KeyedStore<KeyCircuits>(
    settings.maxKeys,
    (key) => new KeyCircuits(newCircuit(key), (route) => newCircuit(key, route)),
    ({ endsAt }) => endsAt,
  );

  const refuse = (context: Context, { retryAfterMs: waitMs, by }: CircuitRefusal) => {
    const { key, call } = context;
    const because = 'the circuit is open';
    const retryAfterMs = waitMs < Infinity ? Math.ceil(waitMs) : undefined;
    if (onEvent) {
      const told = { key, because, retryAfterMs, causedBy: by.because };
      emit(onEvent, { type: 'refused', by: 'circuit-breaker', ...told });
    }
    const classification = refusal('retryable', because, retryAfterMs);
    return context.refuse(
      withoutStack(() => new CircuitOpenError(call.failure(classification), by.because)),
      classification,
    );
  };

  const circuitBreakerGate: Gate<Pass> = {
    enter(context) {
      const circuits = keys.use(context.key);
      const pass = circuits.freePass ?? circuits.admit(context, clock.now());
      if ('retryAfterMs' in pass) return refuse(context, pass);
      context.record.note(NOTES[pass.state.kind]);
      return pass;
    },
    left(pass, attempt, context) {
      const { classification, endedOn } = attempt;
      if (classification === undefined) return;
      const now = context.call.clock === clock && endedOn !== undefined ? endedOn : clock.now();
      keys.use(context.key).settle(pass, attempt, classification, context, now);
    },
    objection: (context, waitMs) =>
      waitMs < (keys.peek(context.key)?.refusesForMs(context, clock.now()) ?? 0)
        ? `the circuit is open for longer than the wait of ${waitMs} ms`
        : undefined,
  };

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

/** One object for all attempts that say the same. */
const NOTES = {
  closed: Object.freeze({ circuit: 'closed' }),
  'half-open': Object.freeze({ circuit: 'half-open' }),
} as const;
