import { delayServer } from '../delay-server.ts';
import { logNormal } from '../distributions.ts';
import { during } from '../faults.ts';
import { poissonLoad } from '../loads.ts';
import { byPath } from '../routing.ts';
import {
  commonParameters,
  NETWORK_MS,
  TROUBLE_FROM_MS,
  type CommonParameter,
  type Scenario,
} from './scenario.ts';

const ORIGIN = 'https://api.example.com';
const BAD_URL = `${ORIGIN}/reports`;
const GOOD_PATHS = ['users', 'orders', 'items', 'prices'];
const BROKEN = { status: 500 };

/** One endpoint of a host fails, and the others work. */
export const badEndpoint: Scenario<CommonParameter | 'badPercent'> = {
  name: 'bad-endpoint',
  title: 'Bad endpoint',
  story:
    'From second ten on one endpoint of the host answers 500 to everything, and the others work. Its failures are retried and so look like many. A breaker that counts by host shuts out the good endpoints too.',
  attemptTimeoutMs: 1_000,
  parameters: {
    ...commonParameters(40),
    badPercent: { label: 'calls to it', unit: '%', default: 25, min: 1, max: 90, step: 1 },
  },
  stage(world, { processes, callsPerSecond, badPercent }) {
    const trouble = { name: '/reports fails', fromMs: TROUBLE_FROM_MS, untilMs: Infinity };
    const good = delayServer(world, logNormal(60, 0.4));
    const bad = during(world, trouble, delayServer(world, 20, BROKEN), good);
    return {
      server: byPath({ '/reports': bad }, good),
      load: poissonLoad(world, { ratePerSecond: callsPerSecond }),
      clients: processes,
      networkMs: NETWORK_MS,
      trouble,
      request: (call, random) => ({
        url:
          random() < badPercent / 100
            ? BAD_URL
            : `${ORIGIN}/${GOOD_PATHS[call % GOOD_PATHS.length]}`,
      }),
      isHopeless: ({ url }) => url === BAD_URL,
    };
  },
};
