import {
  closedLoad,
  HINTS,
  instantServer,
  limited,
  poissonLoad,
  shareUsed,
  throttlesPerThousand,
  uniform,
  type Announcement,
  type Distribution,
  type Fleet,
  type Hint,
  type Limit,
} from 'holdfast/simulator';
import {
  AWS_2026,
  AWS_ADAPTIVE,
  FETCH,
  HOLDFAST,
  OPENAI,
  type Contender,
} from '../simulated/contenders.ts';
import { meanOf } from '../simulated/figures.ts';
import { KY, P_RETRY } from '../simulated/package-contenders.ts';
import type { Scenario } from '../simulated/scenario.ts';

/** Who takes part where there are limits. */
export const QUOTA_CONTENDERS: readonly Contender[] = [
  HOLDFAST,
  KY,
  P_RETRY,
  FETCH,
  OPENAI,
  AWS_2026,
  AWS_ADAPTIVE,
];

/** Calls come from so many callers, one at a time each, or at random, so many a second. */
export type Demand = { readonly callers: number } | { readonly ratePerSecond: number };

/** A server of a limit, and who calls it. */
export interface LimitedWorld {
  /** Makes the limit, new for each world. */
  readonly limit: () => Limit;
  readonly demand: Demand;
  readonly seconds: number;
  /** The way there and back, in milliseconds. @defaultValue 50 */
  readonly latencyMs?: number;
  /** @defaultValue HINTS.roundedUp */
  readonly hint?: Hint;
  readonly announce?: Announcement;
  /** @defaultValue 1 */
  readonly clients?: number;
}

/** A way that takes half of a latency, give or take a tenth. */
export const halfWay = (latencyMs: number): Distribution =>
  uniform(0.45 * latencyMs, 0.55 * latencyMs);

/** No timeouts, and three retries where a client asks for a number. */
export const QUOTA_SETTINGS = { attemptTimeoutMs: Infinity, maxRetries: 3 };

export function limitedWorld(settings: LimitedWorld): Scenario {
  const { limit, demand, seconds, latencyMs = 50, hint = HINTS.roundedUp, announce } = settings;
  return {
    ...QUOTA_SETTINGS,
    clients: settings.clients ?? 1,
    untilMs: 1_000 * seconds,
    networkMs: halfWay(latencyMs),
    server: (world) =>
      limited(
        world,
        { limit: limit(), hint, ...(announce !== undefined && { announce }) },
        instantServer,
      ),
    load: (world) => ('callers' in demand ? closedLoad(world, demand) : poissonLoad(world, demand)),
  };
}

/** The figures of the second half of a run. */
export function useOf({ attempts }: Fleet, ratePerSecond: number, seconds: number) {
  const span = { fromMs: 500 * seconds, untilMs: 1_000 * seconds };
  return {
    used: shareUsed(attempts, ratePerSecond, span),
    throttles: throttlesPerThousand(attempts, span),
  };
}

/** `99 % / 8`: the share that was used, and 429s for each thousand successes. */
export function useText(
  uses: readonly { readonly used: number; readonly throttles: number }[],
): string {
  const used = (100 * meanOf(uses.map((use) => use.used))).toFixed(0);
  return `${used} % / ${meanOf(uses.map(({ throttles }) => throttles)).toFixed(0)}`;
}
