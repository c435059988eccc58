import { blackHole } from '../faults.ts';
import { poissonLoad } from '../loads.ts';
import { queueServer } from '../queue-server.ts';
import {
  commonParameters,
  TROUBLE_FROM_MS,
  type CommonParameter,
  type Scenario,
} from './scenario.ts';

/** The network is down for some seconds, and leaves the server a queue of dead work. */
export const outage: Scenario<CommonParameter | 'capacityPerSecond' | 'outageSeconds'> = {
  name: 'outage',
  title: 'Outage',
  story:
    'The network holds every request back for some seconds, then delivers them all at once. The server works through requests whose callers have left, and each retry adds another one.',
  attemptTimeoutMs: 1_000,
  parameters: {
    ...commonParameters(60),
    capacityPerSecond: {
      label: 'capacity',
      unit: '/s',
      default: 75,
      min: 10,
      max: 300,
      step: 5,
    },
    outageSeconds: { label: 'outage', unit: 's', default: 10, min: 1, max: 30, step: 1 },
  },
  stage(world, { processes, callsPerSecond, capacityPerSecond, outageSeconds }) {
    const untilMs = TROUBLE_FROM_MS + 1_000 * outageSeconds;
    const trouble = { name: 'network down', fromMs: TROUBLE_FROM_MS, untilMs };
    return {
      server: blackHole(world, trouble, queueServer(world, { ratePerSecond: capacityPerSecond })),
      load: poissonLoad(world, { ratePerSecond: callsPerSecond }),
      clients: processes,
      networkMs: 0,
      trouble,
    };
  },
};
