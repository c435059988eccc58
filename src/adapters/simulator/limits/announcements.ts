import type { LimitDecision } from './limit.ts';

/** Writes the state of a limit as headers, on every answer. */
export type Announcement = (decision: LimitDecision) => Readonly<Record<string, string>>;

/** How exactly a reset is told. */
export type ResetPrecision = 'exact' | 'whole-seconds';

function resetOf({ resetMs }: LimitDecision, precision: ResetPrecision): string {
  return precision === 'exact'
    ? String(Number((Math.ceil(resetMs) / 1_000).toFixed(3)))
    : String(Math.ceil(resetMs / 1_000));
}

/**
 * Announces a limit as draft-ietf-httpapi-ratelimit-headers does: `ratelimit: "default";r=5;t=30` and
 * `ratelimit-policy: "default";q=100;w=60`. The draft has whole seconds only.
 *
 * @example
 * const server = limited(world, { limit, announce: announcedByRateLimit }, healthy);
 */
export const announcedByRateLimit: Announcement = (decision) => ({
  ratelimit: `"default";r=${decision.remaining};t=${resetOf(decision, 'whole-seconds')}`,
  'ratelimit-policy': `"default";q=${Math.floor(decision.limit)};w=${Math.max(1, Math.round(decision.windowMs / 1_000))}`,
});

/**
 * Announces a limit as `x-ratelimit-limit`, `-remaining` and `-reset`, the last in seconds from now.
 *
 * @example
 * const server = limited(world, { limit, announce: announcedByXRateLimit() }, healthy);
 */
export const announcedByXRateLimit =
  (precision: ResetPrecision = 'whole-seconds'): Announcement =>
  (decision) => ({
    'x-ratelimit-limit': String(decision.limit),
    'x-ratelimit-remaining': String(decision.remaining),
    'x-ratelimit-reset': resetOf(decision, precision),
  });
