import {
  positive,
  positiveOrInfinity,
  ratio,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import { RANDOM_POLICY_CHECKS, type RandomPolicyOptions } from '../../core/policy-options.ts';

/** When a circuit opens, and how it is tried again. */
export interface CircuitBreakerOptions extends RandomPolicyOptions {
  /**
   * `'adaptive'` lets calls wait a moment while it sends spaced probes, and then bounds what is in
   * flight; `'classic'` refuses everybody for a set time, and then lets a few probes through.
   * @defaultValue 'adaptive'
   */
  readonly mode?: 'adaptive' | 'classic' | undefined;
  /**
   * When an attempt is given up, in milliseconds, by a timeout further in: it tells a slow attempt
   * from one that is overdue. `resilientFetch` hands in its own. Without effect in mode `'classic'`.
   * @defaultValue Infinity: not known
   */
  readonly attemptTimeoutMs?: number | undefined;
  /** The share of failures, above 0 and up to 1, at which the circuit opens. @defaultValue 0.5 in mode `'classic'`, else none */
  readonly failureRatio?: number | undefined;
  /** How many calls the window must hold before the ratio means anything. @defaultValue 10 */
  readonly minimumCalls?: number | undefined;
  /** How far back the ratio looks, in milliseconds. @defaultValue 10000 */
  readonly windowMs?: number | undefined;
  /** Mode `'classic'`: so many failures in a row open the circuit, more where many fail by chance; `Infinity` for none. @defaultValue 5 */
  readonly consecutiveFailures?: number | undefined;
  /** Mode `'classic'`: how long the circuit stays open the first time, in milliseconds; doubled while probes fail, ±10 %. @defaultValue 5000 */
  readonly openMs?: number | undefined;
  /** Mode `'classic'`: how long it stays open at most, in milliseconds, unless the server asks for longer. @defaultValue 60000 */
  readonly maxOpenMs?: number | undefined;
  /** Mode `'classic'`: how many probes must succeed to close it; as many are let through at once. @defaultValue 1 */
  readonly halfOpenProbes?: number | undefined;
  /** Mode `'classic'`: after how many milliseconds a probe that has not ended no longer keeps others from trying. @defaultValue 30000 */
  readonly probeTimeoutMs?: number | undefined;
  /** How many keys are remembered; closed circuits leave first, those forced open never. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/** The checks of all options, for a breaker that knows this mode alone. */
export const CIRCUIT_BREAKER_CHECKS: Checks<CircuitBreakerOptions> = {
  ...RANDOM_POLICY_CHECKS,
  mode: { expected: "'classic'", accepts: (value) => value === 'classic' },
  attemptTimeoutMs: positiveOrInfinity,
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
