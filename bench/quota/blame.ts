import {
  answeredShare,
  answering,
  byCredential,
  byPath,
  exhaustedLimit,
  HINTS,
  instantServer,
  latenciesOf,
  limited,
  percentile,
  poissonLoad,
  tokenBucketLimit,
  type CallRecord,
  type Fleet,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { meanOf } from '../simulated/figures.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';
import { halfWay, QUOTA_CONTENDERS, QUOTA_SETTINGS } from './limited-world.ts';

const ORIGIN = 'https://api.example.com';
const SECONDS = 120;

/** A share of the calls goes to a route that accepts nothing; the others have one of five good ones. */
const badRoute = (share: number, ratePerSecond: number, paths: 'few' | 'unique'): Scenario => ({
  ...QUOTA_SETTINGS,
  clients: 1,
  untilMs: 1_000 * (SECONDS + 90),
  networkMs: halfWay(50),
  server: (world) => {
    const dead = answering(world, { status: 429 });
    const host = byPath({ '/bad': dead }, instantServer);
    return (request, reply) => (request.path.startsWith('/bad') ? dead : host)(request, reply);
  },
  load: (world) => poissonLoad(world, { ratePerSecond, untilMs: 1_000 * SECONDS }),
  request: (call, random) => {
    const kind = random() < share ? 'bad' : `good-${call % 5}`;
    return { url: paths === 'few' ? `${ORIGIN}/${kind}` : `${ORIGIN}/${kind}/word${wordOf(call)}` };
  },
});

/** A path segment that looks like no id, so that it is not folded into a route. */
const wordOf = (call: number): string =>
  Array.from(String(call), (digit) => 'abcdefghij'[Number(digit)]).join('');

const isBad = ({ url }: { readonly url: string }): boolean => url.includes('/bad');

function blameFigures({ calls, attempts }: Fleet) {
  const healthy = calls.filter((call) => !isBad(call));
  return {
    answered: answeredShare(healthy),
    p99: percentile(latenciesOf(healthy), 0.99),
    sentPerDeadCall: attempts.filter(isBad).length / calls.filter(isBad).length,
  };
}

async function* measureRoutes({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const worlds = quick
    ? ([[0.1, 150, 'few']] as const)
    : ([
        [0.01, 20, 'few'],
        [0.01, 500, 'few'],
        [0.1, 150, 'few'],
        [0.3, 20, 'few'],
        [0.3, 150, 'few'],
        [0.1, 150, 'unique'],
      ] as const);
  const rows: string[][] = [];
  for (const contender of choose(QUOTA_CONTENDERS)) {
    for (const [share, rate, paths] of worlds) {
      const runs = await measure(badRoute(share, rate, paths), contender, seeds, blameFigures);
      const mean = (figure: keyof ReturnType<typeof blameFigures>) =>
        meanOf(runs.map((run) => run[figure]));
      rows.push([
        contender.name,
        `${100 * share} % of ${rate}/s${paths === 'few' ? '' : ', unique paths'}`,
        `${(100 * mean('answered')).toFixed(1)} %`,
        mean('p99').toFixed(0),
        mean('sentPerDeadCall').toFixed(2),
      ]);
    }
  }
  yield {
    title: 'One route accepts nothing, others of its host do, no hint',
    header: ['client', 'to the bad route', 'others answered', 'p99 ms', 'sent per dead call'],
    rows,
  };
}

const TENANTS_SECONDS = 600;

/** Two credentials on one host: the quota of one is used up for an hour. */
const twoTenants = (): Scenario => ({
  ...QUOTA_SETTINGS,
  clients: 1,
  untilMs: 1_000 * (TENANTS_SECONDS + 60),
  networkMs: halfWay(50),
  server: (world) => {
    const next = tokenBucketLimit({ ratePerSecond: 100 });
    const limit = exhaustedLimit({ untilMs: 3_600_000, limit: 5_000, next });
    const exhausted = limited(world, { limit, hint: HINTS.exact }, instantServer);
    return byCredential({ 'Bearer a': exhausted }, instantServer);
  },
  load: (world) => poissonLoad(world, { ratePerSecond: 25, untilMs: 1_000 * TENANTS_SECONDS }),
  request: (_call, random) => {
    const tenant = random() < 0.2 ? 'a' : 'b';
    return { url: `${ORIGIN}/${tenant}`, init: { headers: { authorization: `Bearer ${tenant}` } } };
  },
});

async function* measureTenants({ seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const isOf = (tenant: string) => (one: Pick<CallRecord, 'url'>) => one.url.endsWith(`/${tenant}`);
  const rows: string[][] = [];
  for (const contender of choose(QUOTA_CONTENDERS)) {
    const runs = await measure(twoTenants(), contender, seeds, ({ calls, attempts }) => ({
      answered: answeredShare(calls.filter(isOf('b'))),
      p99: percentile(latenciesOf(calls.filter(isOf('b'))), 0.99),
      wasted: attempts.filter(isOf('a')).length,
    }));
    rows.push([
      contender.name,
      `${(100 * meanOf(runs.map(({ answered }) => answered))).toFixed(1)} %`,
      meanOf(runs.map(({ p99 }) => p99)).toFixed(0),
      meanOf(runs.map(({ wasted }) => wasted)).toFixed(0),
    ]);
  }
  yield {
    title:
      'Two tenants of one host, 5 and 20 calls/s for ten minutes; the quota of the first is used up',
    header: ['client', 'second: answered', 'p99 ms', 'sent for the first'],
    rows,
  };
}

export const BAD_ROUTE: Part = { name: 'route', measure: measureRoutes };
export const TWO_TENANTS: Part = { name: 'tenants', measure: measureTenants };
