import { delayServer } from '../delay-server.ts';
import { logNormal } from '../distributions.ts';
import { failing } from '../faults.ts';
import { poissonLoad } from '../loads.ts';
import {
  commonParameters,
  NETWORK_MS,
  TROUBLE_FROM_MS,
  type CommonParameter,
  type Scenario,
} from './scenario.ts';

/** Some requests fail by chance. */
export const flaky: Scenario<CommonParameter | 'failurePercent'> = {
  name: 'flaky',
  title: 'Flaky',
  story:
    'From second ten on a share of the requests gets a 503, each by chance alone. A second try usually works. This is what retries are for, and here a circuit must not open.',
  attemptTimeoutMs: 1_000,
  parameters: {
    ...commonParameters(40),
    failurePercent: { label: 'failures', unit: '%', default: 20, min: 0, max: 100, step: 1 },
  },
  stage(world, { processes, callsPerSecond, failurePercent }) {
    const share = (now: number): number => (now >= TROUBLE_FROM_MS ? failurePercent / 100 : 0);
    return {
      server: failing(world, { share }, delayServer(world, logNormal(60, 0.4))),
      load: poissonLoad(world, { ratePerSecond: callsPerSecond }),
      clients: processes,
      networkMs: NETWORK_MS,
      trouble: { name: 'flaky', fromMs: TROUBLE_FROM_MS, untilMs: Infinity },
    };
  },
};
