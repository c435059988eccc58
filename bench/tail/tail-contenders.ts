import { hedge, resilientFetch, type HedgeOptions } from 'holdfast';
import type { ClientParts } from 'holdfast/simulator';
import { fixedDelayHedge } from '../rules/fixed-delay-hedge.ts';
import { FETCH, HOLDFAST, type Contender } from '../simulated/contenders.ts';
import { COCKATIEL } from '../simulated/package-contenders.ts';

/** A delay that is right as long as the server answers in ten milliseconds. */
const FIXED_DELAY_MS = 25;

const hedged = (name: string, options?: HedgeOptions): Contender => ({
  name,
  kind: 'library',
  makeClient:
    () =>
    ({ fetch, clock, random }: ClientParts) =>
      resilientFetch(fetch, { clock, random, hedge: hedge({ clock, ...options }) }),
});

/** cockatiel, p-retry, opossum and ky have no hedge: one of them stands for all. */
export const TAIL_CONTENDERS: readonly Contender[] = [
  hedged('holdfast, hedge()'),
  hedged(`holdfast, hedge({ delayMs: ${FIXED_DELAY_MS} })`, { delayMs: FIXED_DELAY_MS }),
  HOLDFAST,
  COCKATIEL,
  FETCH,
  {
    name: `hedge after ${FIXED_DELAY_MS} ms (rule)`,
    kind: 'rule',
    makeClient: () => fixedDelayHedge(FIXED_DELAY_MS),
  },
];
