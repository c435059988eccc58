import { poissonLoad } from '../loads.ts';
import { queueServer } from '../queue-server.ts';
import {
  commonParameters,
  TROUBLE_FROM_MS,
  type CommonParameter,
  type Scenario,
} from './scenario.ts';

/** The server can do less than it is asked for, for good. */
export const lastingOverload: Scenario<CommonParameter | 'capacityPerSecond' | 'leftPercent'> = {
  name: 'lasting-overload',
  title: 'Lasting overload',
  story:
    'From second ten on the server can do less than it is asked for, and it stays so. Some calls must be lost. The question is whether the server still answers as many as it can, or works for callers who have left.',
  attemptTimeoutMs: 1_000,
  parameters: {
    ...commonParameters(60),
    capacityPerSecond: { label: 'capacity', unit: '/s', default: 80, min: 10, max: 300, step: 5 },
    leftPercent: {
      label: 'capacity that is left',
      unit: '%',
      default: 50,
      min: 1,
      max: 99,
      step: 1,
    },
  },
  stage(world, { processes, callsPerSecond, capacityPerSecond, leftPercent }) {
    return {
      server: queueServer(world, {
        ratePerSecond: [
          [0, capacityPerSecond],
          [TROUBLE_FROM_MS, (capacityPerSecond * leftPercent) / 100],
        ],
      }),
      load: poissonLoad(world, { ratePerSecond: callsPerSecond }),
      clients: processes,
      networkMs: 0,
      trouble: { name: 'overload', fromMs: TROUBLE_FROM_MS, untilMs: Infinity },
    };
  },
};
