import type { Category, Classification } from '../../core/classification.ts';
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
import { refuseAttempt } from '../../core/refusal.ts';
import { readPlainly } from '../plain-reader.ts';
import { CircuitOpenError } from './circuit-open-error.ts';
import {
  Circuit,
  type CircuitSnapshot,
  type CircuitState,
  type Health,
  type Ticket,
} from './circuit.ts';
import './circuit-events.ts';

declare module '../../core/report.ts' {
  interface AttemptNotes {
    /** The circuit's state when it was let through; absent where no breaker was asked. */
    readonly circuit?: 'closed' | 'half-open';
  }
}

/** When a circuit opens, for how long, and how it is tried again. */
export interface CircuitBreakerOptions extends RandomPolicyOptions {
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
  /** How many keys are remembered; the least recently used leaves, unless it was forced open. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/**
 * Half of at least ten calls in ten seconds is an outage and not bad luck; five seconds is long
 * enough to spare a server and short enough to notice that it is back.
 */
export const CIRCUIT_BREAKER_DEFAULTS = Object.freeze({
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
};
const SNAPSHOT_NAMES = ['state', 'openForMs', 'openings'] as const;

/** A circuit breaker that can also be looked at and worked by hand. */
export interface CircuitBreakerPolicy extends Policy {
  /** The state of a key's circuit; `'closed'` for a key that it does not know. */
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
 * Stops calling a key that keeps failing. Only `retryable` failures count; throttles, fatal
 * failures, aborts, holdfast's own refusals and failures whose cause the runtime hides (a browser's
 * `Failed to fetch`) neither open the circuit nor close it.
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

  const newCircuit = (key: string) =>
    new Circuit(settings, settings.random, (from, to, openMs) => {
      if (onEvent) {
        emit(onEvent, { type: 'circuit-changed', by: 'circuit-breaker', key, from, to, openMs });
      }
    });
  const circuits = new KeyedStore(settings.maxKeys, newCircuit, ({ forcedOpen }) => !forcedOpen);

  const circuitBreakerGate: Gate<Ticket> = {
    enter(context) {
      const circuit = circuits.use(context.key);
      const ticket = circuit.freeTicket ?? circuit.admit(clock.now());
      if ('retryAfterMs' in ticket) {
        const isKnown = ticket.retryAfterMs < Infinity;
        const retryAfterMs = isKnown ? Math.ceil(ticket.retryAfterMs) : undefined;
        return refuseAttempt(
          context,
          {
            by: 'circuit-breaker',
            category: 'retryable',
            because: 'the circuit is open',
            retryAfterMs,
          },
          onEvent,
          (details) => new CircuitOpenError(details),
        );
      }
      context.record.note(NOTES[ticket.state.kind]);
      return ticket;
    },
    left(ticket, { classification, endedOn }, { key, call }) {
      if (classification === undefined) return;
      const now = call.clock === clock && endedOn !== undefined ? endedOn : clock.now();
      circuits.use(key).settle(ticket, healthOf(classification), now, classification.retryAfterMs);
    },
    objection: ({ key }, waitMs) =>
      waitMs < (circuits.peek(key)?.refusesForMs(clock.now()) ?? 0)
        ? `the circuit is open for longer than the wait of ${waitMs} ms`
        : undefined,
  };

  return {
    ...policyOf([circuitBreakerGate], { clock, readerFor: readPlainly }),
    state: (key = DEFAULT_KEY) => circuits.peek(key)?.stateAt(clock.now()) ?? 'closed',
    forceOpen: (key = DEFAULT_KEY) => circuits.use(key).forceOpen(),
    close: (key = DEFAULT_KEY) => circuits.peek(key)?.close(),
    toJSON() {
      const now = clock.now();
      const snapshots = Array.from(
        circuits.entries(),
        ([key, circuit]) => [key, circuit.snapshot(now)] as const,
      );
      return Object.fromEntries(snapshots.filter(([, { state }]) => state !== 'closed'));
    },
    restore(snapshots) {
      for (const [key, given] of Object.entries(snapshots)) {
        const owner = `circuitBreaker.restore[${JSON.stringify(key)}]`;
        const snapshot = readOptions(owner, given, {}, SNAPSHOT_CHECKS, SNAPSHOT_NAMES);
        circuits.use(key).restore(snapshot, clock.now());
      }
    },
  };
}

/** One object for all attempts that say the same. */
const NOTES = {
  closed: Object.freeze({ circuit: 'closed' }),
  'half-open': Object.freeze({ circuit: 'half-open' }),
} as const;

/**
 * What an outcome says about the server; a refusal of ours, what the runtime hides and what another
 * origin gave say nothing.
 */
function healthOf({ category, decidedBy, redirectedTo }: Classification): Health {
  if (decidedBy === 'policy' || decidedBy === 'opaque') return 'neither';
  return redirectedTo === 'another-origin' ? 'neither' : HEALTH[category];
}

const HEALTH: Readonly<Record<Category, Health>> = {
  success: 'healthy',
  retryable: 'failing',
  throttle: 'neither',
  fatal: 'neither',
};
