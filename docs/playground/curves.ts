import type { ScenarioSecond } from 'holdfast/simulator';
import { CONTENDER_IDS, CONTENDERS, type ContenderId } from './contenders.ts';
import type { RunState } from './run-state.ts';
import { countText, durationText, percentText } from './words.ts';

/** One value for each second; `undefined` where there is none. */
export type Values = readonly (number | undefined)[];

/** A line of a chart. */
export interface Line {
  readonly id: ContenderId;
  readonly name: string;
  readonly values: Values;
  /** Whether it is a second line of the same contender. */
  readonly isSecond?: boolean;
}

/** A chart of one measure, over time. */
export interface Curve {
  readonly id: string;
  readonly title: string;
  /** One sentence on how to read it. */
  readonly about: string;
  readonly lines: readonly Line[];
  readonly text: (value: number) => string;
  /** The top of the axis where all values are below it. */
  readonly atLeast: number;
  /** The top of the axis, whatever comes. */
  readonly atMost?: number;
}

type Measure = (second: ScenarioSecond) => number | undefined;

const stateShare = ({ circuits }: ScenarioSecond): number | undefined => {
  if (circuits === undefined) return undefined;
  const { closed, halfOpen, open } = circuits;
  return (halfOpen + open) / (closed + halfOpen + open);
};

/** All charts of a run. */
export function curvesOf(run: RunState): readonly Curve[] {
  const linesOf = (measure: Measure): readonly Line[] =>
    CONTENDER_IDS.map((id) => ({
      id,
      name: CONTENDERS[id].name,
      values: run.contenders[id].seconds.map(measure),
    })).filter(({ values }) => values.some((value) => value !== undefined) || values.length === 0);
  const processes = Number(run.settings.values['processes']);
  const routes: Values = run.contenders.holdfast.seconds.map(({ openRoutes }) =>
    Math.min(1, openRoutes / processes),
  );
  const hasRoutes = routes.some((share) => (share ?? 0) > 0);
  return [
    {
      id: 'answers',
      title: 'Goodput: answers a second',
      about: 'Calls that ended with an answer. This is what callers want.',
      lines: linesOf(({ ok }) => ok),
      text: countText,
      atLeast: 5,
    },
    {
      id: 'requests',
      title: 'Traffic: requests a second',
      about: 'Everything on the wire. This is what the server has to bear.',
      lines: linesOf(({ sent }) => sent),
      text: countText,
      atLeast: 5,
    },
    {
      id: 'retries',
      title: 'Retries a second',
      about: 'Requests that were not the first one of their call.',
      lines: linesOf(({ retries }) => retries),
      text: countText,
      atLeast: 5,
    },
    {
      id: 'lost',
      title: 'Calls lost a second',
      about: 'Calls that ended without an answer, those that were refused unsent among them.',
      lines: linesOf(({ failed, refused }) => failed + refused),
      text: countText,
      atLeast: 5,
    },
    {
      id: 'under-way',
      title: 'Calls under way',
      about: 'Calls that have begun and not ended: at the server, or waiting in the client.',
      lines: linesOf(({ underWay }) => underWay),
      text: countText,
      atLeast: 5,
    },
    {
      id: 'latency',
      title: 'Latency: 99th percentile',
      about: 'Of the calls that were answered in that second, waits included.',
      lines: linesOf(({ p99Ms }) => p99Ms),
      text: durationText,
      atLeast: 500,
    },
    {
      id: 'budget',
      title: 'Tokens: retry budget of a process',
      about: 'A repetition of holdfast costs a token, and answers earn them. The others have none.',
      lines: linesOf(({ budget }) => budget),
      text: countText,
      atLeast: 5,
    },
    {
      id: 'circuits',
      title: 'Circuits that are not closed',
      about: hasRoutes
        ? 'The share of processes whose circuit is open or half-open. The fine line is that of one endpoint alone.'
        : 'The share of processes whose circuit is open or half-open.',
      lines: [
        ...linesOf(stateShare),
        ...(hasRoutes
          ? [
              {
                id: 'holdfast' as const,
                name: 'holdfast, one endpoint',
                values: routes,
                isSecond: true,
              },
            ]
          : []),
      ],
      text: percentText,
      atLeast: 1,
      atMost: 1,
    },
  ];
}

/** A line in a sentence, for those who do not see it. */
export function lineText({ name, values }: Line, text: (value: number) => string): string {
  const known = values.flatMap((value, second) => (value === undefined ? [] : [{ value, second }]));
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return `${name} has no values`;
  const highest = known.reduce((most, one) => (one.value > most.value ? one : most));
  const lowest = known.reduce((least, one) => (one.value < least.value ? one : least));
  return `${name} is highest at ${text(highest.value)} in second ${highest.second}, lowest at ${text(lowest.value)} in second ${lowest.second}, and ends at ${text(last.value)}`;
}
