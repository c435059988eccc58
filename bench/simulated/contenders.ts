import { resilientFetch } from 'holdfast';
import type { ClientParts, FleetOptions } from 'holdfast/simulator';
import { AWS_STANDARD_2_0, AWS_STANDARD_2026, awsStandard } from '../rules/aws-standard.ts';
import { adaptiveThrottling, consecutiveBreaker, ratioBreaker } from '../rules/breakers.ts';
import { immediateRetries, jitteredRetries, noRetries } from '../rules/plain-retries.ts';
import {
  brookerBucket,
  envoyBudget,
  finagleBudget,
  grpcThrottling,
  sreBudget,
} from '../rules/retry-budgets.ts';
import { ruleClient, type RuleSettings } from '../rules/rule-client.ts';
import type { MakeRule } from '../rules/rule.ts';

/**
 * A client that takes part: the library itself, a package of others (with the global timers of the
 * world), or a published rule.
 */
export interface Contender {
  readonly name: string;
  readonly kind: 'library' | 'package' | 'rule';
  readonly makeClient: (settings: RuleSettings) => FleetOptions['makeClient'];
}

const rule = (name: string, makeRule: MakeRule): Contender => ({
  name: `${name} (rule)`,
  kind: 'rule',
  makeClient: (settings) => ruleClient(makeRule, settings),
});

/** The library with its defaults; the scenario gives the attempt timeout, and nothing else. */
export const HOLDFAST: Contender = {
  name: 'holdfast',
  kind: 'library',
  makeClient:
    ({ attemptTimeoutMs }) =>
    ({ fetch, clock, random }: ClientParts) =>
      resilientFetch(fetch, {
        clock,
        random,
        ...(attemptTimeoutMs < Infinity && { attemptTimeoutMs }),
      }),
};

export const FETCH = rule('fetch, no retries', noRetries);
export const AT_ONCE = rule('all retries at once', immediateRetries);
export const JITTER = rule('all retries, full jitter 1–20 s', jitteredRetries());
export const JITTER_OF_OURS = rule('all retries, full jitter 0.25–20 s', jitteredRetries(250));
/** Brooker's own, of simple_collapse_sim: `random × 10 × 2^n` seconds. */
export const JITTER_OF_BROOKER = rule(
  'jitter up to 20 and 40 s',
  jitteredRetries(20_000, Infinity),
);
export const GRPC = rule('gRPC A6, 10/0.1', grpcThrottling());
export const BROOKER = rule('Brooker bucket, 5/0.1', brookerBucket());
const AWS_2_0 = rule('AWS standard 2.0', awsStandard(AWS_STANDARD_2_0));
export const AWS_2026 = rule('AWS standard 2026', awsStandard(AWS_STANDARD_2026));
const FINAGLE = rule('Finagle, 20 % + 10/s', finagleBudget());
const ENVOY = rule('Envoy, 20 %, at least 3', envoyBudget());
const SRE = rule('SRE, 3 tries, 10 %', sreBudget());
export const BREAKER_5 = rule('breaker, 5 in a row/10 s', consecutiveBreaker());
const BREAKER_50 = rule('breaker, 50 %/30 s', ratioBreaker());
const THROTTLING = rule('SRE throttling, K = 2', adaptiveThrottling());

/** The rules that take part everywhere; the packages stand beside them. */
export const RULES: readonly Contender[] = [
  FETCH,
  AT_ONCE,
  JITTER,
  SRE,
  GRPC,
  BROOKER,
  AWS_2_0,
  AWS_2026,
  FINAGLE,
  ENVOY,
  BREAKER_5,
  BREAKER_50,
  THROTTLING,
];
