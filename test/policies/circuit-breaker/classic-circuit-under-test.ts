import { ownClassification, type Classification } from '../../../src/core/classification.ts';
import type { CircuitState, Refusal } from '../../../src/policies/circuit-breaker/circuit-state.ts';
import {
  ClassicCircuit,
  type ClassicSettings,
  type Ticket,
} from '../../../src/policies/circuit-breaker/classic-circuit.ts';

export const SETTINGS: ClassicSettings = {
  consecutiveFailures: Infinity,
  failureRatio: 0.5,
  minimumCalls: 2,
  windowMs: 10_000,
  openMs: 1000,
  maxOpenMs: 8000,
  halfOpenProbes: 1,
  probeTimeoutMs: 500,
};
/** In the middle of the jitter, where the open time is as configured. */
export const MIDDLE = 0.5;

/** A failure, and how long the server says to stay away. */
export const failureWith = (retryAfterMs?: number): Classification =>
  ownClassification({
    category: 'retryable',
    decidedBy: 'status',
    rule: 'status 503',
    retryAfterMs,
  });

type Change = [from: CircuitState, to: CircuitState, openMs?: number | undefined];

/** A circuit, what it told of its changes, and the uses of it that tests make. */
export function circuitOf(
  settings: Partial<ClassicSettings> = {},
  random: () => number = () => MIDDLE,
) {
  const changes: Change[] = [];
  const circuit = new ClassicCircuit({ ...SETTINGS, ...settings }, random, (from, to, openMs) => {
    changes.push([from, to, openMs]);
  });
  const admit = (now: number): Ticket => {
    const ticket = circuit.admit(now);
    if ('retryAfterMs' in ticket) throw new Error(`refused at ${now}`);
    return ticket;
  };
  const refusalAt = (now: number): Refusal => {
    const refusal = circuit.admit(now);
    if (!('retryAfterMs' in refusal)) throw new Error(`admitted at ${now}`);
    return refusal;
  };
  const fail = (now: number, hintMs?: number) =>
    circuit.settle(admit(now), 'failing', now, failureWith(hintMs));
  const open = (now: number, hintMs?: number) => {
    fail(now, hintMs);
    fail(now, hintMs);
  };
  return { circuit, changes, admit, refusalAt, fail, open };
}
