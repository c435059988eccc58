import type { Context } from '../../core/context.ts';
import { emit } from '../../core/events.ts';
import { KeyedStore } from '../../core/keyed-store.ts';
import { policyOf } from '../../core/layered-policy.ts';
import type { Gate } from '../../core/layers.ts';
import type { Policy } from '../../core/policy.ts';
import { adaptiveGate } from '../../policies/circuit-breaker/adaptive-gate.ts';
import { notingCause } from '../../policies/circuit-breaker/circuit-cause.ts';
import {
  changesTold,
  endOf,
  noteState,
  objectionTo,
  refuseWhileOpen,
} from '../../policies/circuit-breaker/circuit-gate.ts';
import type { Place } from '../../policies/circuit-breaker/in-flight.ts';
import { waitFor } from '../../policies/circuit-breaker/wait-for-circuit.ts';
import { controlledBy } from '../../policies/control.ts';
import { readPlainly } from '../../policies/plain-reader.ts';
import { Lease, RELEASED } from './circuit-lease.ts';
import './redis-events.ts';
import {
  readRedisCircuitBreakerOptions,
  type RedisCircuitBreakerOptions,
  type RedisCircuitBreakerSettings,
} from './redis-circuit-breaker-options.ts';
import { SharedCircuit } from './shared-circuit.ts';
import { sharedCircuitsControl } from './shared-circuits-control.ts';
import { storeErrorText } from './store-errors.ts';

/**
 * A circuit breaker that many processes share over one Redis or Valkey server. Each goes by an
 * adaptive circuit of its own, as `circuitBreaker()` makes it, and tells the store what fails. What
 * one process sees in an outage may be too little; together they see it at once.
 *
 * The fleet's circuit opens when several members see failures and nobody reports an answer. A process
 * follows it from its own next failure on, and never while it is answered: a broken network of some
 * stops nobody else. Who follows waits a moment, and the store lets a few probes a second through for
 * the whole fleet, then as many attempts as the server answers quickly.
 *
 * No call waits for the store unless the circuit is open. Without the store each process goes by its
 * own circuit, and takes part again as soon as the store answers.
 *
 * `controlOf` shows the circuit and the store. What is opened, closed or reset there is so for the
 * whole fleet: the others hear of it with their next report.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const breaker = redisCircuitBreaker({ client, attemptTimeoutMs: 10_000 });
 * const fetch = resilientFetch(globalThis.fetch, {
 *   circuitBreaker: breaker,
 *   attemptTimeoutMs: 10_000,
 * });
 */
export function redisCircuitBreaker(options: RedisCircuitBreakerOptions): Policy {
  const settings = readRedisCircuitBreakerOptions(options);
  const { clock, onEvent, name, maxKeys } = settings;
  const circuits = new KeyedStore<SharedCircuit>(
    maxKeys,
    (key) => circuitOf(key, settings),
    ({ endsAt }) => endsAt,
  );
  const local = adaptiveGate(
    { ...settings, mode: 'adaptive' },
    {
      use: (key) => circuits.use(name ?? key).local,
      peek: (key) => circuits.peek(name ?? key)?.local,
    },
  );

  const enter = (context: Context): ReturnType<Gate<Place | Lease>['enter']> => {
    const circuit = circuits.use(name ?? context.key);
    circuit.called();
    if (!circuit.isFollowing) return local.enter(context);
    const { fleet } = circuit;
    const now = clock.now();
    const through = (given: Exclude<ReturnType<typeof fleet.enter>, undefined> | Refused) => {
      if ('retryAfterMs' in given) return refuseWhileOpen(onEvent, context, given);
      if (given === RELEASED) return enter(context);
      noteState(context, circuit.state);
      return given;
    };
    const answer = fleet.enter(context, now) ?? waitFor(fleet, context, context, clock, now);
    return answer instanceof Promise ? answer.then(through) : through(answer);
  };

  const gate: Gate<Place | Lease> = notingCause({
    onEvent,
    enter,
    left(pass, attempt, context) {
      const { classification } = attempt;
      const circuit = circuits.use(name ?? context.key);
      if (pass instanceof Lease) {
        if (classification === undefined) return;
        return circuit.leaseEnded(pass, attempt, classification, endOf(attempt, context, clock));
      }
      const wasOverdue = pass.watch === 'overdue';
      local.left?.(pass, attempt, context);
      if (classification === undefined) return;
      const now = endOf(attempt, context, clock);
      circuit.settled(attempt, classification, context, wasOverdue, now);
    },
    objection(context, waitMs) {
      const circuit = circuits.peek(name ?? context.key);
      if (!circuit?.isFollowing) return local.objection?.(context, waitMs);
      return objectionTo(waitMs, circuit.fleet.hopelessForMs(clock.now()));
    },
    holdsBack(context) {
      const circuit = circuits.peek(name ?? context.key);
      if (!circuit?.isFollowing) return local.holdsBack?.(context) ?? false;
      return circuit.state === 'open';
    },
  });
  controlledBy(gate, sharedCircuitsControl(circuits, name, clock));
  return policyOf([gate as Gate], { clock, readerFor: readPlainly });
}

type Refused = Parameters<typeof refuseWhileOpen>[2];

function circuitOf(key: string, settings: RedisCircuitBreakerSettings): SharedCircuit {
  const { prefix, onEvent, storeTimeoutMs: timeoutMs } = settings;
  // Braces: all that is kept of a circuit is on one node of a cluster.
  const storeKey = `${prefix}:{${encodeURIComponent(key)}}:circuit`;
  // No call is the cause: one question to the store is for many.
  const noCall = { callId: undefined, method: undefined, route: undefined };
  const told = { by: 'redis-circuit-breaker', key, ...noCall } as const;
  const circuit: SharedCircuit = new SharedCircuit(
    { ...settings, key: storeKey, timeoutMs },
    {
      changed: changesTold(onEvent, key),
      changedOf: (route) => changesTold(onEvent, key, route),
      failed(kind, error, retryAfterMs) {
        if (!onEvent) return;
        const message = storeErrorText(error);
        emit(onEvent, { type: 'store-error', ...told, kind, message, retryAfterMs });
      },
      recovered(aloneMs) {
        const { members } = circuit.store;
        if (onEvent) emit(onEvent, { type: 'store-recovered', ...told, aloneMs, members });
      },
    },
  );
  return circuit;
}
