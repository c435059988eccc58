import { poissonLoad } from '../loads.ts';
import { queueServer } from '../queue-server.ts';
import {
  commonParameters,
  TROUBLE_FROM_MS,
  type CommonParameter,
  type Scenario,
} from './scenario.ts';

/** The server loses most of its processor for some seconds. */
export const slowDown: Scenario<
  CommonParameter | 'capacityPerSecond' | 'slowSeconds' | 'slowPercent'
> = {
  name: 'slow-down',
  title: 'Slow-down',
  story:
    'The server keeps a part of its speed for some seconds, as beside a backup or a noisy neighbour. A queue builds up, answers come too late, and retries keep the queue full after the cause is gone.',
  attemptTimeoutMs: 1_000,
  parameters: {
    ...commonParameters(60),
    capacityPerSecond: { label: 'capacity', unit: '/s', default: 100, min: 10, max: 300, step: 5 },
    slowSeconds: { label: 'slow for', unit: 's', default: 15, min: 1, max: 60, step: 1 },
    slowPercent: { label: 'speed that is left', unit: '%', default: 30, min: 1, max: 99, step: 1 },
  },
  stage(world, { processes, callsPerSecond, capacityPerSecond, slowSeconds, slowPercent }) {
    const untilMs = TROUBLE_FROM_MS + 1_000 * slowSeconds;
    return {
      server: queueServer(world, {
        ratePerSecond: [
          [0, capacityPerSecond],
          [TROUBLE_FROM_MS, (capacityPerSecond * slowPercent) / 100],
          [untilMs, capacityPerSecond],
        ],
      }),
      load: poissonLoad(world, { ratePerSecond: callsPerSecond }),
      clients: processes,
      networkMs: 0,
      trouble: { name: 'slow', fromMs: TROUBLE_FROM_MS, untilMs },
    };
  },
};
