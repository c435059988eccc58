import { badEndpoint } from './bad-endpoint.ts';
import { flaky } from './flaky.ts';
import { herd } from './herd.ts';
import { lastingOverload } from './lasting-overload.ts';
import { outage } from './outage.ts';
import { rateLimit } from './rate-limit.ts';
import type { Scenario } from './scenario.ts';
import { slowDown } from './slow-down.ts';

/** The scenarios that have a name. */
export const SCENARIOS = Object.freeze({
  outage,
  'rate-limit': rateLimit,
  'slow-down': slowDown,
  flaky,
  herd,
  'lasting-overload': lastingOverload,
  'bad-endpoint': badEndpoint,
} satisfies Record<string, Scenario>);

/** The name of one of the {@link SCENARIOS}. */
export type ScenarioName = keyof typeof SCENARIOS;
