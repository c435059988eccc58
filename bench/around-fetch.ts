import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { inChild } from './child-process.ts';
import { FETCH_CASES } from './fetch-cases.ts';
import { startJsonServer } from './json-server.ts';
import { spreadOf, spreadOfRatios, type Spread } from './spread.ts';

/** What a request cost the client around one wrapper, and how that compares with bare fetch. */
export interface FetchResult {
  readonly name: string;
  /** By concurrency: 1 and 64 requests at a time. */
  readonly at: readonly FetchCost[];
}

export interface FetchCost {
  readonly concurrency: number;
  readonly ratio: Spread;
  /** Microseconds of the client's processor time a request, all its threads together. */
  readonly processorUs: Spread;
}

const CONCURRENCIES = [1, 64] as const;

interface Plan {
  readonly rounds: number;
  readonly warmUp: number;
  readonly requests: number;
}

/** Every client once in each round, in a fresh process; one server in another process for all. */
export async function measureAroundFetch(
  { quick }: { quick: boolean },
  progress: (text: string) => void,
): Promise<{ results: readonly FetchResult[]; plan: Plan }> {
  const plan = quick
    ? { rounds: 1, warmUp: 300, requests: 300 }
    : { rounds: 5, warmUp: 600, requests: 500 };
  const samples = CONCURRENCIES.map(() => FETCH_CASES.map((): number[] => []));
  const server = await startJsonServer();
  try {
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const [index, { name }] of FETCH_CASES.entries()) {
        progress(`fetch: round ${round + 1} of ${plan.rounds}: ${name}`);
        const input = { name, url: server.url, ...plan };
        const { output } = await inChild<readonly number[]>('fetch', input);
        output.forEach((cost, place) => samples[place]?.[index]?.push(cost));
      }
    }
  } finally {
    server.stop();
  }
  const results = FETCH_CASES.map(({ name }, index) => ({
    name,
    at: CONCURRENCIES.map((concurrency, place) => {
      const own = samples[place]?.[index] ?? [];
      const bare = samples[place]?.[0] ?? [];
      return { concurrency, ratio: spreadOfRatios(own, bare), processorUs: spreadOf(own) };
    }),
  }));
  return { results, plan };
}

/** The child's part: microseconds of processor time a request, for each concurrency. */
export async function measureFetch({
  name,
  url,
  warmUp,
  requests,
}: Plan & { name: string; url: string }): Promise<readonly number[]> {
  const fetchCase = FETCH_CASES.find((candidate) => candidate.name === name);
  if (fetchCase === undefined) throw new Error(`there is no case ${name}`);
  const client = await fetchCase.prepare();
  await request(client, url, warmUp, 64);
  const costs: number[] = [];
  for (const concurrency of CONCURRENCIES) {
    await turnOfTheLoop();
    const before = process.cpuUsage();
    await request(client, url, requests, concurrency);
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / requests);
  }
  return costs;
}

async function request(
  client: (url: string) => Promise<string>,
  url: string,
  requests: number,
  concurrency: number,
): Promise<void> {
  let left = requests;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await client(url);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
