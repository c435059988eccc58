import { delayServer } from '../delay-server.ts';
import { logNormal } from '../distributions.ts';
import { HINTS } from '../limits/hints.ts';
import { limited } from '../limits/limited-server.ts';
import { tokenBucketLimit } from '../limits/token-bucket-limit.ts';
import { poissonLoad } from '../loads.ts';
import {
  commonParameters,
  NETWORK_MS,
  TROUBLE_FROM_MS,
  type CommonParameter,
  type Scenario,
} from './scenario.ts';

const RUSH_MS = 10_000;

/** A rush of calls meets a rate limit. */
export const rateLimit: Scenario<CommonParameter | 'limitPerSecond' | 'rushPerSecond'> = {
  name: 'rate-limit',
  title: 'Rate limit',
  story:
    'For ten seconds more calls come than the server allows. It answers 429 to the rest, and says in Retry-After how long to wait. Who asks again too soon is throttled again.',
  attemptTimeoutMs: 5_000,
  parameters: {
    ...commonParameters(8, 4),
    limitPerSecond: { label: 'rate limit', unit: '/s', default: 20, min: 2, max: 200, step: 1 },
    rushPerSecond: {
      label: 'calls in the rush',
      unit: '/s',
      default: 40,
      min: 2,
      max: 200,
      step: 1,
    },
  },
  stage(world, { processes, callsPerSecond, limitPerSecond, rushPerSecond }) {
    const trouble = {
      name: 'rush',
      fromMs: TROUBLE_FROM_MS,
      untilMs: TROUBLE_FROM_MS + RUSH_MS,
    };
    const limit = tokenBucketLimit({ ratePerSecond: limitPerSecond });
    const server = delayServer(world, logNormal(60, 0.4));
    return {
      server: limited(world, { limit, hint: HINTS.roundedUp }, server),
      load: poissonLoad(world, {
        ratePerSecond: (now) =>
          now >= trouble.fromMs && now < trouble.untilMs ? rushPerSecond : callsPerSecond,
        maxRatePerSecond: Math.max(callsPerSecond, rushPerSecond),
      }),
      clients: processes,
      networkMs: NETWORK_MS,
      trouble,
    };
  },
};
