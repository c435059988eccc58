import { poissonLoad, type Load } from '../loads.ts';
import { queueServer } from '../queue-server.ts';
import {
  commonParameters,
  TROUBLE_FROM_MS,
  type CommonParameter,
  type Scenario,
} from './scenario.ts';

/** Many processes restart in the same moment, and each has calls to make before it can work. */
export const herd: Scenario<CommonParameter | 'capacityPerSecond' | 'callsAtStart'> = {
  name: 'herd',
  title: 'Herd',
  story:
    'A deployment restarts all processes in the same moment. Each makes some calls at once, before it can work, and none of them remembers anything. Retries turn one wave into many.',
  attemptTimeoutMs: 1_000,
  parameters: {
    ...commonParameters(50, 60),
    capacityPerSecond: { label: 'capacity', unit: '/s', default: 80, min: 10, max: 300, step: 5 },
    callsAtStart: { label: 'calls at start', unit: '', default: 8, min: 1, max: 50, step: 1 },
  },
  stage(world, { processes, callsPerSecond, capacityPerSecond, callsAtStart }) {
    const steady = poissonLoad(world, { ratePerSecond: callsPerSecond });
    const load: Load = (startCall) => {
      steady(startCall);
      world.at(TROUBLE_FROM_MS, () => {
        for (let process = 0; process < processes; process += 1) {
          for (let call = 0; call < callsAtStart; call += 1) void startCall(process);
        }
      });
    };
    return {
      server: queueServer(world, { ratePerSecond: capacityPerSecond }),
      load,
      clients: processes,
      networkMs: 0,
      trouble: {
        name: 'restart',
        fromMs: TROUBLE_FROM_MS,
        untilMs: TROUBLE_FROM_MS + 1_000,
      },
      restartAtMs: TROUBLE_FROM_MS,
    };
  },
};
