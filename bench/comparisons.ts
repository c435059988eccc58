import type { CallResult } from './call-cases.ts';
import { spreadOfRatios, type Spread } from './spread.ts';

/** Cases that do the same job, ours and theirs. */
export interface Comparison {
  readonly job: string;
  readonly ours: string;
  readonly theirs: readonly string[];
}

export interface Comparative {
  readonly job: string;
  readonly ours: string;
  readonly theirs: string;
  /** Our time divided by theirs, round by round. */
  readonly ratio: Spread;
  readonly bytesRatio: number;
  /** `'neither'` where the rounds disagree on who is faster. */
  readonly cheaper: 'holdfast' | 'the peer' | 'neither';
}

const ALL_FOUR = 'cockatiel retry + breaker + timeout + bulkhead';
const BY_HAND = 'p-retry {retries: 3} + opossum';

/** Who is compared with whom, by section. */
export const COMPARISONS: Readonly<Record<string, readonly Comparison[]>> = {
  success: [
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
      job: 'everything, signal read',
      ours: 'holdfast standard stack, signal read',
      theirs: [ALL_FOUR],
    },
    {
      job: "everything, caller's signal",
      ours: "holdfast standard stack, caller's signal read",
      theirs: ["cockatiel all four, caller's signal"],
    },
    { job: 'everything, no signal', ours: 'holdfast standard stack', theirs: [BY_HAND] },
  ],
  refusals: [
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
  retries: [
    {
      job: 'a retried failure',
      ours: 'holdfast retry',
      theirs: ['p-retry {retries: 3, minTimeout: 0}', 'cockatiel retry, no backoff'],
    },
  ],
  responses: [
    {
      job: 'a retried 503',
      ours: 'holdfast resilientFetch',
      theirs: ['p-retry, throws unless ok', 'cockatiel retry, by result'],
    },
  ],
  reports: [
    {
      job: 'half of the calls fail',
      ours: 'holdfast breaker, every second call fails',
      theirs: [
        'opossum {timeout: false}, every second call fails',
        'cockatiel sampling breaker, every second call fails',
      ],
    },
  ],
};

/** Sets the results of a section against each other. */
export function compare(
  comparisons: readonly Comparison[],
  results: readonly CallResult[],
): readonly Comparative[] {
  const resultOf = (name: string): CallResult => {
    const result = results.find((candidate) => candidate.name === name);
    if (result === undefined) throw new Error(`there is no case ${name}`);
    return result;
  };
  return comparisons.flatMap(({ job, ours, theirs }) =>
    theirs.map((peer) => {
      const own = resultOf(ours);
      const other = resultOf(peer);
      const ratio = spreadOfRatios(own.rounds, other.rounds);
      const cheaper = ratio.max < 1 ? 'holdfast' : ratio.min > 1 ? 'the peer' : 'neither';
      const bytesRatio = own.bytes.median / other.bytes.median;
      return { job, ours, theirs: peer, ratio, bytesRatio, cheaper } as const;
    }),
  );
}
