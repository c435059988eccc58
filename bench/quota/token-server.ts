import { HINTS, type Server, type World } from 'holdfast/simulator';

/** How a limit on tokens behaves. */
export interface TokenServerOptions {
  readonly tokensPerMinute: number;
  /** The law of the limit: a bucket that refills evenly and is full at first, or windows of a clock's minute. */
  readonly law: 'bucket' | 'clock-minute';
  /** The share of the limit that other clients use all the time. @defaultValue 0 */
  readonly usedByOthers?: number;
  /** Whether each answer announces what is left, as OpenAI's does. @defaultValue false */
  readonly announces?: boolean;
}

const MINUTE_MS = 60_000;
/** How long an answer takes, in milliseconds. */
const LEAST_MS = 1_000;
const MOST_MS = 10_000;

/** The tokens that a request really needs stand in its address: clients do not look there. */
export const tokensOf = ({ url }: { readonly url: string }): number =>
  Number(new URL(url).searchParams.get('tokens'));

/**
 * A server that counts the tokens of a request as it comes, knows them exactly, and throttles what
 * does not fit. Its answer tells them as `usage`, a while later.
 */
export function tokenServer(world: World, options: TokenServerOptions): Server {
  const { tokensPerMinute, law, usedByOthers = 0, announces = false } = options;
  const own = tokensPerMinute * (1 - usedByOthers);
  const random = world.randomOf('answers');
  let left = tokensPerMinute;
  let filledAt = 0;

  function fill(): void {
    const { now } = world;
    const isNewMinute = Math.floor(now / MINUTE_MS) > Math.floor(filledAt / MINUTE_MS);
    if (law === 'bucket') {
      left = Math.min(tokensPerMinute, left + ((now - filledAt) * own) / MINUTE_MS);
    } else if (isNewMinute) {
      left = own;
    }
    filledAt = now;
  }

  const waitFor = (tokens: number): number =>
    law === 'bucket' ? ((tokens - left) * MINUTE_MS) / own : MINUTE_MS - (world.now % MINUTE_MS);

  return (request, reply) => {
    fill();
    const tokens = tokensOf(request);
    // A sum of refills may be a hair below the whole that it is.
    const isAccepted = left >= tokens - 1e-6;
    if (isAccepted) left -= tokens;
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (announces) {
      headers['x-ratelimit-limit-tokens'] = String(tokensPerMinute);
      headers['x-ratelimit-remaining-tokens'] = String(Math.floor(left));
      headers['x-ratelimit-reset-tokens'] =
        `${Math.ceil(((tokensPerMinute - left) * MINUTE_MS) / tokensPerMinute)}ms`;
    }
    if (!isAccepted) {
      const retryAfter = HINTS.roundedUp(waitFor(tokens));
      return reply({ status: 429, headers: { ...headers, 'retry-after': retryAfter } });
    }
    const body = JSON.stringify({ usage: { total_tokens: tokens } });
    world.after(LEAST_MS + (MOST_MS - LEAST_MS) * random(), () =>
      reply({ status: 200, headers, body }),
    );
  };
}
