import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { collectGarbage, inChild } from './child-process.ts';
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
  readonly url: string;
  readonly rounds: number;
  readonly requests: number;
}

/** Measures all wrappers in one fresh client process against a server in another. */
export async function measureAroundFetch(
  { quick }: { quick: boolean },
  progress: (text: string) => void,
): Promise<{ results: readonly FetchResult[]; plan: Plan }> {
  const server = await startJsonServer();
  const plan = { url: server.url, rounds: quick ? 4 : 12, requests: quick ? 120 : 300 };
  progress(`fetch: ${plan.rounds} rounds of ${FETCH_CASES.length} clients`);
  try {
    const { output } = await inChild<readonly FetchResult[]>('fetch', plan);
    return { results: output, plan };
  } finally {
    server.stop();
  }
}

/** The client's part. One process: the wrappers share the connections and the warmth of fetch itself. */
export async function compareFetches({ url, rounds, requests }: Plan): Promise<FetchResult[]> {
  const clients = await Promise.all(FETCH_CASES.map(({ prepare }) => prepare()));
  const samples = CONCURRENCIES.map(() => clients.map((): number[] => []));
  for (const client of clients) await request(client, url, requests, 64);

  for (let round = 0; round < rounds; round += 1) {
    for (const [place, concurrency] of CONCURRENCIES.entries()) {
      for (let turn = 0; turn < clients.length; turn += 1) {
        // Another client begins each round, so that none always follows the same one.
        const index = (turn + round) % clients.length;
        const client = clients[index];
        if (client === undefined) continue;
        const cost = await processorUs(() => request(client, url, requests, concurrency));
        samples[place]?.[index]?.push(cost / requests);
      }
    }
  }
  return FETCH_CASES.map(({ name }, index) => ({
    name,
    at: CONCURRENCIES.map((concurrency, place) => {
      const own = samples[place]?.[index] ?? [];
      return {
        concurrency,
        ratio: spreadOfRatios(own, samples[place]?.[0] ?? []),
        processorUs: spreadOf(own),
      };
    }),
  }));
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

async function processorUs(work: () => Promise<void>): Promise<number> {
  await turnOfTheLoop();
  collectGarbage();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
