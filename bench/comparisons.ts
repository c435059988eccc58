import { FETCH_DEFAULTS, FETCH_NO_TIMEOUTS, FETCH_WITH_SIGNAL } from './fetch-cases.ts';
import { caseOf, ratioOf, type Measured } from './measured.ts';
import type { Spread } from './spread.ts';
import { REQUEST_DEFAULTS } from './undici-cases.ts';

/** Cases that do the same job, ours and theirs. */
interface Comparison {
  readonly job: string;
  readonly ours: string;
  readonly theirs: readonly string[];
}

/** One of our cases set against one of theirs. */
export interface Comparative {
  readonly job: string;
  readonly ours: string;
  readonly theirs: string;
  /** Ours divided by theirs within each round, figure by figure. */
  readonly ratios: readonly { readonly title: string; readonly ratio: Spread }[];
  /** By the first figure: `'neither'` where the rounds disagree. */
  readonly cheaper: 'holdfast' | 'the peer' | 'neither';
}

const ALL_FOUR = 'cockatiel retry + breaker + timeout + bulkhead';
const BY_HAND = 'p-retry {retries: 3} + opossum';
const CALL_FIGURES = { time: 'sequentialNs', bytes: 'bytes' };
const REQUEST_FIGURES = { processor: 'processorUs at 64', 'wall clock': 'wallUs at 64' };

const SUCCESSES: readonly Comparison[] = [
  {
    job: 'retry',
    ours: 'holdfast retry',
    theirs: ['p-retry', 'p-retry {retries: 3}', 'cockatiel retry'],
  },
  {
    job: 'breaker',
    ours: 'holdfast breaker',
    theirs: ['opossum {timeout: false}', 'cockatiel breaker'],
  },
  { job: 'timeout', ours: 'holdfast timeout', theirs: ['cockatiel timeout'] },
  {
    job: 'retry + breaker',
    ours: 'holdfast retry + breaker',
    theirs: ['cockatiel retry + breaker'],
  },
  {
    job: 'retry + breaker, ours with a bucket',
    ours: 'holdfast retry + bucket + breaker',
    theirs: ['cockatiel retry + breaker'],
  },
  {
    job: 'everything, signal read',
    ours: 'holdfast standard stack, signal read',
    theirs: [ALL_FOUR],
  },
  {
    job: "everything, caller's signal",
    ours: "holdfast standard stack, caller's signal read",
    theirs: ["cockatiel all four, caller's signal"],
  },
  { job: 'everything, no signal', ours: 'holdfast standard stack', theirs: [BY_HAND, ALL_FOUR] },
];

/** Who is compared with whom and by which figures, by section. */
export const COMPARISONS: Readonly<
  Record<string, { figures: Readonly<Record<string, string>>; pairs: readonly Comparison[] }>
> = {
  success: { figures: CALL_FIGURES, pairs: SUCCESSES },
  refusals: {
    figures: CALL_FIGURES,
    pairs: [
      {
        job: 'open breaker',
        ours: 'holdfast breaker, open',
        theirs: ['opossum, open', 'cockatiel breaker, open'],
      },
      {
        job: 'full queue',
        ours: 'holdfast token bucket, queue full',
        theirs: ['cockatiel bulkhead, full'],
      },
    ],
  },
  retries: {
    figures: CALL_FIGURES,
    pairs: [
      {
        job: 'a retried failure',
        ours: 'holdfast retry',
        theirs: ['p-retry {retries: 3, minTimeout: 0}', 'cockatiel retry, no backoff'],
      },
    ],
  },
  responses: {
    figures: CALL_FIGURES,
    pairs: [
      {
        job: 'a retried 503',
        ours: 'holdfast resilientFetch',
        theirs: ['p-retry, throws unless ok', 'cockatiel retry, by result'],
      },
    ],
  },
  reports: {
    figures: CALL_FIGURES,
    pairs: [
      {
        job: 'half of the calls fail',
        ours: 'holdfast breaker, every second call fails',
        theirs: [
          'opossum {timeout: false}, every second call fails',
          'cockatiel sampling breaker, every second call fails',
        ],
      },
    ],
  },
  fetch: {
    figures: REQUEST_FIGURES,
    pairs: [
      {
        job: 'around fetch, no timeouts',
        ours: FETCH_NO_TIMEOUTS,
        theirs: ['p-retry {retries: 3}', 'cockatiel retry + breaker', 'ky {timeout: false}'],
      },
      {
        job: 'around fetch, with timeouts',
        ours: FETCH_DEFAULTS,
        theirs: [FETCH_WITH_SIGNAL, ALL_FOUR, 'ky', 'opossum'],
      },
    ],
  },
  undici: {
    figures: REQUEST_FIGURES,
    pairs: [
      {
        job: 'around an undici request',
        ours: REQUEST_DEFAULTS,
        theirs: ['request with AbortSignal.timeout', "undici's own retry interceptor"],
      },
    ],
  },
  import: {
    figures: { time: 'ms' },
    pairs: [
      { job: 'cold import', ours: 'holdfast', theirs: ['cockatiel', 'ky', 'p-retry', 'opossum'] },
    ],
  },
};

/** Sets the results of a section against each other. */
export function compare(section: string, results: readonly Measured[]): readonly Comparative[] {
  const { figures, pairs } = COMPARISONS[section] ?? { figures: {}, pairs: [] };
  return pairs.flatMap(({ job, ours, theirs }) =>
    theirs.flatMap((peer) => {
      const own = caseOf(results, ours);
      const other = caseOf(results, peer);
      if (own === undefined || other === undefined) return [];
      const ratios = Object.entries(figures).map(([title, figure]) => ({
        title,
        ratio: ratioOf(own, other, figure),
      }));
      return [{ job, ours, theirs: peer, ratios, cheaper: cheaperBy(ratios[0]?.ratio) }];
    }),
  );
}

function cheaperBy(ratio: Spread | undefined): Comparative['cheaper'] {
  if (ratio === undefined) return 'neither';
  if (ratio.max < 1) return 'holdfast';
  return ratio.min > 1 ? 'the peer' : 'neither';
}
