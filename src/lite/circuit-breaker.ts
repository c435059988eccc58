import { DEFAULT_KEY } from '../core/call.ts';
import { KeyedStore } from '../core/keyed-store.ts';
import { policyOf } from '../core/layered-policy.ts';
import type { Gate } from '../core/layers.ts';
import type { CircuitBreakerOptions } from '../policies/circuit-breaker/circuit-breaker-options.ts';
import type { CircuitBreakerPolicy as FullCircuitBreakerPolicy } from '../policies/circuit-breaker/circuit-breaker.ts';
import { notingCause } from '../policies/circuit-breaker/circuit-cause.ts';
import {
  changesTold,
  endOf,
  healthIn,
  hasBegunStream,
  noteState,
  objectionTo,
  refuseWhileOpen,
} from '../policies/circuit-breaker/circuit-gate.ts';
import { ClassicCircuit, type Ticket } from '../policies/circuit-breaker/classic-circuit.ts';
import { readClassicOptions } from '../policies/circuit-breaker/classic-options.ts';
import { readPlainly } from '../policies/plain-reader.ts';

/** A circuit breaker that can also be looked at and worked by hand. */
export type CircuitBreakerPolicy = Omit<FullCircuitBreakerPolicy, 'toJSON' | 'restore'>;

/**
 * Stops calling a key that keeps failing: a run of failures, or a ratio of them. Like
 * `circuitBreaker` of `holdfast` in its mode `'classic'`, with the same options and the same failures,
 * but for routes: one that fails alone gets no circuit of its own, and counts for its key. There is no
 * other mode here.
 *
 * While it is open calls are refused at once with a {@link CircuitOpenError} that says when to
 * come back. Then a few probes are let through, and everybody else is refused until they have
 * succeeded. Outcomes of calls that began before the state changed are ignored.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const policy = pipeline(retry(), circuitBreaker({ consecutiveFailures: 5, openMs: 10_000 }));
 */
export function circuitBreaker(options?: CircuitBreakerOptions): CircuitBreakerPolicy {
  const settings = readClassicOptions(options);
  const { clock, random, onEvent } = settings;
  const circuits = new KeyedStore<ClassicCircuit>(
    settings.maxKeys,
    (key) => new ClassicCircuit(settings, random, changesTold(onEvent, key)),
    ({ endsAt }) => endsAt,
  );
  const circuitBreakerGate: Gate<Ticket> = notingCause({
    onEvent,
    enter(context) {
      const circuit = circuits.use(context.key);
      const ticket = circuit.freeTicket ?? circuit.admit(clock.now());
      if ('retryAfterMs' in ticket) {
        return refuseWhileOpen(onEvent, context, { ...ticket, by: circuit });
      }
      noteState(context, ticket.state.kind);
      return ticket;
    },
    left(ticket, attempt, context) {
      const { classification } = attempt;
      const isProbe = ticket.state.kind === 'half-open';
      // A probe decides, whoever makes it; else only first tries count.
      if (classification === undefined || !(isProbe || context.record.kind === 'first-try')) return;
      const health =
        hasBegunStream(classification) && !isProbe ? 'unknown' : healthIn(attempt, classification);
      const endedOn = endOf(attempt, context, clock);
      circuits.use(context.key).settle(ticket, health, endedOn, classification);
    },
    streamEnded({ key, record }) {
      const circuit = circuits.peek(key);
      const ticket = circuit?.freeTicket;
      const { classification, kind } = record;
      if (ticket === undefined || classification === undefined || kind !== 'first-try') return;
      circuit?.settle(ticket, healthIn(record, classification), clock.now(), classification);
    },
    objection: ({ key }, waitMs) =>
      objectionTo(waitMs, circuits.peek(key)?.refusesForMs(clock.now())),
  });
  return {
    ...policyOf([circuitBreakerGate], { clock, readerFor: readPlainly }),
    state: (key = DEFAULT_KEY) => circuits.peek(key)?.stateAt(clock.now()) ?? 'closed',
    forceOpen: (key = DEFAULT_KEY) => circuits.use(key).forceOpen(),
    close: (key = DEFAULT_KEY) => circuits.peek(key)?.close(),
  };
}
