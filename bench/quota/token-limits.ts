import {
  closedLoad,
  percentile,
  throttlesPerThousand,
  uniform,
  type Fleet,
  type Random,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import type { Contender } from '../simulated/contenders.ts';
import { meanOf } from '../simulated/figures.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';
import { halfWay, QUOTA_SETTINGS } from './limited-world.ts';
import {
  BOTTLENECK_REQUESTS,
  BOTTLENECK_WEIGHTS,
  FLEXIBLE_REQUESTS,
  LEARNED,
  LEAST_TOKENS,
  MOST_TOKENS,
  TOKENS_PER_MINUTE,
  USAGE_LIMITS,
  USAGE_LIMITS_ROLLING,
} from './token-clients.ts';
import { tokenServer, tokensOf, type TokenServerOptions } from './token-server.ts';

const CALLERS = 30;
/** Long enough for a thousand calls in the quick run, and for two thousand else. */
const minutesOf = (quick: boolean): number => (quick ? 70 : 140);
/** Before this the callers begin, and the bucket is full. */
const SETTLED_MS = 120_000;

/** What a caller reckons with, for each token that a call needs. */
const ESTIMATES: Readonly<Record<string, (random: Random) => number>> = {
  exact: () => 1,
  '±50 %': (random) => 0.5 + random(),
  'half of it': () => 0.5,
  'half as much again': () => 1.5,
};

interface Case {
  readonly name: string;
  readonly server: Omit<TokenServerOptions, 'tokensPerMinute'>;
  readonly estimates: keyof typeof ESTIMATES;
  readonly contenders: readonly Contender[];
}

const EVERYBODY: readonly Contender[] = [
  USAGE_LIMITS,
  LEARNED,
  BOTTLENECK_REQUESTS,
  BOTTLENECK_WEIGHTS,
  FLEXIBLE_REQUESTS,
];

const CASES: readonly Case[] = [
  { name: 'bucket', server: { law: 'bucket' }, estimates: 'exact', contenders: EVERYBODY },
  { name: 'bucket', server: { law: 'bucket' }, estimates: '±50 %', contenders: EVERYBODY },
  {
    name: 'bucket',
    server: { law: 'bucket' },
    estimates: 'half of it',
    contenders: [USAGE_LIMITS, BOTTLENECK_WEIGHTS],
  },
  {
    name: 'bucket',
    server: { law: 'bucket' },
    estimates: 'half as much again',
    contenders: [USAGE_LIMITS, BOTTLENECK_WEIGHTS],
  },
  {
    name: 'bucket, others use 40 %',
    server: { law: 'bucket', usedByOthers: 0.4 },
    estimates: '±50 %',
    contenders: [USAGE_LIMITS],
  },
  {
    name: 'the same, announced',
    server: { law: 'bucket', usedByOthers: 0.4, announces: true },
    estimates: '±50 %',
    contenders: [USAGE_LIMITS],
  },
  {
    name: "a clock's minutes",
    server: { law: 'clock-minute' },
    estimates: 'exact',
    contenders: [USAGE_LIMITS, USAGE_LIMITS_ROLLING, BOTTLENECK_WEIGHTS],
  },
  {
    name: "a clock's minutes",
    server: { law: 'clock-minute' },
    estimates: '±50 %',
    contenders: [USAGE_LIMITS, USAGE_LIMITS_ROLLING, BOTTLENECK_WEIGHTS],
  },
];

function scenarioOf({ server, estimates }: Case, quick: boolean): Scenario {
  const ratioOf = ESTIMATES[estimates] ?? (() => 1);
  const tokens = uniform(LEAST_TOKENS, MOST_TOKENS);
  return {
    ...QUOTA_SETTINGS,
    clients: 1,
    untilMs: 60_000 * minutesOf(quick),
    networkMs: halfWay(100),
    server: (world) => tokenServer(world, { ...server, tokensPerMinute: TOKENS_PER_MINUTE }),
    load: (world) => closedLoad(world, { callers: CALLERS }),
    request: (_call, random) => {
      const needed = Math.round(tokens(random, 0));
      return {
        url: `https://api.example.com/v1/chat/completions?tokens=${needed}`,
        init: {
          method: 'POST',
          body: JSON.stringify({ estimate: Math.max(1, Math.round(needed * ratioOf(random))) }),
        },
      };
    },
  };
}

/** What is measured, from the first minutes on; 429s from the beginning. */
function figuresOf({ calls, attempts }: Fleet, { server }: Case, quick: boolean) {
  const span = { fromMs: SETTLED_MS, untilMs: 60_000 * (minutesOf(quick) - 1) };
  const granted = (TOKENS_PER_MINUTE / 60_000) * (1 - (server.usedByOthers ?? 0));
  // By the moment at which it was sent: a limit counts a request when it comes.
  const used = attempts
    .filter(
      ({ status, sentAt }) => status === 200 && sentAt >= span.fromMs && sentAt < span.untilMs,
    )
    .reduce((sum, attempt) => sum + tokensOf(attempt), 0);
  const waits = (accepts: (tokens: number) => boolean) =>
    calls
      .filter((call) => call.startedAt < span.untilMs - 1_000_000 && accepts(tokensOf(call)))
      .map(({ startedAt, endedAt = Infinity }) => (endedAt - startedAt) / 1_000)
      .toSorted((a, b) => a - b);
  return {
    used: used / (granted * (span.untilMs - span.fromMs)),
    throttles: throttlesPerThousand(attempts),
    failed: calls.filter(({ endedAt, answered }) => endedAt !== undefined && !answered).length,
    small: percentile(
      waits((tokens) => tokens < 500),
      1,
    ),
    large: percentile(
      waits((tokens) => tokens > 3_500),
      1,
    ),
    middle: percentile(
      waits(() => true),
      0.5,
    ),
  };
}

async function* measureTokens({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  for (const one of CASES) {
    for (const contender of choose(one.contenders)) {
      const runs = await measure(scenarioOf(one, quick), contender, seeds, (fleet) =>
        figuresOf(fleet, one, quick),
      );
      const mean = (figure: keyof ReturnType<typeof figuresOf>) =>
        meanOf(runs.map((run) => run[figure]));
      rows.push([
        contender.name,
        one.name,
        one.estimates,
        `${(100 * mean('used')).toFixed(1)} %`,
        mean('throttles').toFixed(1),
        mean('failed').toFixed(0),
        ['middle', 'small', 'large']
          .map((figure) => mean(figure as 'middle').toFixed(0))
          .join(' / '),
      ]);
    }
  }
  yield {
    title: `A limit of ${TOKENS_PER_MINUTE.toLocaleString('en')} tokens a minute, ${CALLERS} callers, calls of ${LEAST_TOKENS} to ${MOST_TOKENS.toLocaleString('en')} tokens that take 1 to 10 s`,
    header: [
      'client',
      'limit',
      'estimates',
      'used',
      '429s per 1,000',
      'calls failed',
      'wait s: median, longest of the small, of the large',
    ],
    rows,
  };
}

export const TOKEN_LIMITS: Part = { name: 'tokens', measure: measureTokens };
