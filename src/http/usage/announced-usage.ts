import { parseDuration, parsePlainNumber, waitUntil } from '../../classify/wait/durations.ts';
import type { AnnouncedUsage, UsageUnit } from '../../policies/usage-limits/usage-source.ts';

/** Looks a header field up by its name in lower case. */
type FieldOf = (name: string) => string | null | undefined;

/** The fields of one limit. */
interface Family {
  readonly unit: UsageUnit;
  /** The name of a field: `limit`, `remaining` or `reset` comes in the place of `*`. */
  readonly fields: string;
}

/** OpenAI, Groq and their kin, and Anthropic: each reset says when all of it is there again. */
const FAMILIES: readonly Family[] = [
  { unit: 'requests', fields: 'x-ratelimit-*-requests' },
  { unit: 'tokens', fields: 'x-ratelimit-*-tokens' },
  { unit: 'tokens', fields: 'x-ratelimit-*-project-tokens' },
  { unit: 'requests', fields: 'anthropic-ratelimit-requests-*' },
  { unit: 'tokens', fields: 'anthropic-ratelimit-tokens-*' },
  { unit: 'inputTokens', fields: 'anthropic-ratelimit-input-tokens-*' },
  { unit: 'outputTokens', fields: 'anthropic-ratelimit-output-tokens-*' },
];

/** Anthropic's windows of subscriptions: a share that is used, and no number of units. */
const UNIFIED = [
  { name: '5h', perMs: 5 * 3_600_000 },
  { name: '7d', perMs: 7 * 86_400_000 },
] as const;

/**
 * How much an answer says is left of limits in units: `x-ratelimit-…-tokens` and its relatives,
 * `anthropic-ratelimit-…`, and `anthropic-ratelimit-unified-…`.
 *
 * @param now - milliseconds since 1970
 */
export function announcedUsage(fieldOf: FieldOf, now: number): readonly AnnouncedUsage[] {
  const announced: AnnouncedUsage[] = [];
  for (const { unit, fields } of FAMILIES) {
    const field = (name: string) => fieldOf(fields.replace('*', name)) ?? '';
    const remaining = parsePlainNumber(field('remaining'));
    const limit = parsePlainNumber(field('limit'));
    if (remaining === undefined || limit === undefined) continue;
    const resetMs = resetOf(field('reset'), now);
    announced.push({ unit, perMs: undefined, limit, remaining, resetMs, isRejected: false });
  }
  for (const { name, perMs } of UNIFIED) {
    const field = (end: string) => fieldOf(`anthropic-ratelimit-unified-${name}-${end}`) ?? '';
    const isRejected = field('status') === 'rejected';
    const used = isRejected ? 1 : parsePlainNumber(field('utilization'));
    if (used === undefined) continue;
    const resetMs = resetOf(field('reset'), now);
    const remaining = Math.max(0, 1 - used);
    announced.push({ unit: undefined, perMs, limit: undefined, remaining, resetMs, isRejected });
  }
  return announced;
}

/** A duration with its unit (`6m0s`), or a moment. */
function resetOf(text: string, now: number): number | undefined {
  if (text === '') return undefined;
  const isDuration = /[a-z]/i.test(text) && !/[TZ]/.test(text);
  return isDuration ? parseDuration(text) : waitUntil(text, now);
}
