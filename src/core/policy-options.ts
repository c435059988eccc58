import { systemClock, type Clock } from './clock.ts';
import type { EventListener } from './events.ts';
import { callable, objectWith, type Checks } from './options.ts';
import { relayTo, type Relay } from './relay.ts';

/** The options that every policy has. */
export interface PolicyOptions {
  /** Called for every event of the policy. */
  readonly onEvent?: EventListener | undefined;
  /** @defaultValue systemClock */
  readonly clock?: Clock | undefined;
}

/** The options of a policy that leaves something to chance. */
export interface RandomPolicyOptions extends PolicyOptions {
  /** Gives a number from 0 up to 1. @defaultValue Math.random */
  readonly random?: (() => number) | undefined;
}

export const POLICY_CHECKS: Checks<PolicyOptions> = {
  onEvent: callable,
  clock: objectWith('now', 'epochNow', 'setTimer'),
};

export const RANDOM_POLICY_CHECKS: Checks<RandomPolicyOptions> = {
  ...POLICY_CHECKS,
  random: callable,
};

/** The surroundings of a policy that is given no others. */
export const REAL_WORLD = Object.freeze({ clock: systemClock, random: Math.random });

/**
 * Settings whose listener can be joined by others later. Whoever looks at a policy that is already
 * made (a dashboard, telemetry) subscribes to it.
 */
export const openToListeners = <Settings extends PolicyOptions>(
  settings: Settings,
): Settings & { readonly onEvent: Relay } =>
  Object.freeze({ ...settings, onEvent: relayTo(settings.onEvent) });
