import { HOLDFAST_ENTRY } from './cold-import.ts';
import { BARE_FETCH, FETCH_DEFAULTS, FETCH_NO_TIMEOUTS, FETCH_WITH_SIGNAL } from './fetch-cases.ts';
import { caseOf, differenceOf, figureOf, ratioOf, type Measured } from './measured.ts';
import { scaled, type Spread } from './spread.ts';
import { BARE_REQUEST, REQUEST_DEFAULTS } from './undici-cases.ts';

/** How much one thing may cost: by itself, or set against something else. */
interface Target {
  readonly section: string;
  readonly title: string;
  readonly atMost: number;
  readonly unit: 'kB' | 'µs' | 'ms' | '×';
  readonly figure: string;
  /** The name of our case. */
  readonly ours: string;
  /** The case that it is divided by (unit `×`), or that is taken off. */
  readonly theirs?: string;
  /** How many of what the section measures make one of the unit. */
  readonly scale?: number;
}

/** A target beside what was measured. */
export interface Outcome {
  readonly title: string;
  readonly atMost: number;
  readonly unit: Target['unit'];
  readonly measured: Spread;
  /** Whether the median over the rounds keeps within the target. */
  readonly met: boolean;
  /** Whether some rounds keep within it and others do not. */
  readonly roundsDisagree: boolean;
}

const STACK = 'holdfast standard stack';
const THREE = 'holdfast retry + bucket + breaker';
const THOUSAND = 1000;

const bytes = (title: string, ours: string, atMost: number): Target => ({
  section: 'success',
  title: `${title}: bytes a call`,
  atMost,
  unit: 'kB',
  figure: 'bytes',
  ours,
  scale: THOUSAND,
});

const time = (section: string, title: string, pair: Pair, atMost: number): Target => ({
  section,
  title: `${title}: time`,
  atMost,
  unit: '×',
  figure: 'sequentialNs',
  ...pair,
});

type Pair = Pick<Target, 'ours' | 'theirs'>;

/** Two targets for requests, 64 at a time: one of the processor's time, one of the wall clock. */
const requests = (target: Omit<Target, 'figure'>): readonly Target[] => [
  { ...target, title: `${target.title}: processor`, figure: 'processorUs at 64' },
  { ...target, title: `${target.title}: wall clock`, figure: 'wallUs at 64' },
];

/** What holdfast may cost: a call in process, what it adds to a request, an import, a key. */
export const TARGETS: readonly Target[] = [
  bytes('standard stack', STACK, 3.2),
  {
    section: 'success',
    title: 'standard stack: time a call',
    atMost: 1.3,
    unit: 'µs',
    figure: 'sequentialNs',
    ours: STACK,
    scale: THOUSAND,
  },
  bytes('retry + bucket + breaker', THREE, 2),
  time(
    'success',
    'retry + bucket + breaker ÷ cockatiel retry + breaker',
    { ours: THREE, theirs: 'cockatiel retry + breaker' },
    1,
  ),
  bytes('standard stack, signal read', `${STACK}, signal read`, 6),
  bytes('resilientFetch, a ready response', 'holdfast resilientFetch, a ready response', 5),
  time(
    'responses',
    'a retried 503 ÷ p-retry by hand',
    { ours: 'holdfast resilientFetch', theirs: 'p-retry, throws unless ok' },
    2,
  ),
  time(
    'reports',
    'a breaker that counts failures ÷ cockatiel’s sampling breaker',
    {
      ours: 'holdfast breaker, every second call fails',
      theirs: 'cockatiel sampling breaker, every second call fails',
    },
    3,
  ),
  ...requests({
    section: 'fetch',
    title: 'fetch without timeouts ÷ bare, 64 at a time',
    atMost: 1.06,
    unit: '×',
    ours: FETCH_NO_TIMEOUTS,
    theirs: BARE_FETCH,
  }),
  ...requests({
    section: 'fetch',
    title: 'fetch with defaults ÷ AbortSignal.timeout, 64 at a time',
    atMost: 1.02,
    unit: '×',
    ours: FETCH_DEFAULTS,
    theirs: FETCH_WITH_SIGNAL,
  }),
  ...requests({
    section: 'undici',
    title: 'holdfast/undici adds to a request, 64 at a time',
    atMost: 15,
    unit: 'µs',
    ours: REQUEST_DEFAULTS,
    theirs: BARE_REQUEST,
  }),
  {
    section: 'import',
    title: "cold import of 'holdfast'",
    atMost: 20,
    unit: 'ms',
    figure: 'ms',
    ours: HOLDFAST_ENTRY,
  },
  {
    // The 20 ms are of a machine on which cockatiel took 20 ms as well.
    section: 'import',
    title: "cold import of 'holdfast' ÷ cockatiel",
    atMost: 1,
    unit: '×',
    figure: 'ms',
    ours: HOLDFAST_ENTRY,
    theirs: 'cockatiel',
  },
  {
    section: 'keys',
    title: 'a healthy key of the standard stack',
    atMost: 1,
    unit: 'kB',
    figure: 'heapBytes',
    ours: STACK,
    scale: THOUSAND,
  },
];

/** Whether a case is part of a target. */
export const isTargeted = (section: string, name: string): boolean =>
  TARGETS.some(
    (target) => target.section === section && (target.ours === name || target.theirs === name),
  );

function measure(target: Target, results: readonly Measured[]): Spread | undefined {
  const { figure, unit, scale = 1 } = target;
  const ours = caseOf(results, target.ours);
  if (ours === undefined) return undefined;
  if (target.theirs === undefined) return scaled(figureOf(ours, figure), scale);
  const theirs = caseOf(results, target.theirs);
  if (theirs === undefined) return undefined;
  return unit === '×'
    ? ratioOf(ours, theirs, figure)
    : scaled(differenceOf(ours, theirs, figure), scale);
}

/** The targets of the sections that were measured, each beside its figure. */
export function judgeTargets(
  sections: Readonly<Record<string, readonly Measured[]>>,
): readonly Outcome[] {
  return TARGETS.flatMap((target) => {
    const { section, title, atMost, unit } = target;
    const measured = measure(target, sections[section] ?? []);
    if (measured === undefined) return [];
    const met = measured.median <= atMost;
    const roundsDisagree = measured.min <= atMost !== measured.max <= atMost;
    return [{ title, atMost, unit, measured, met, roundsDisagree }];
  });
}
