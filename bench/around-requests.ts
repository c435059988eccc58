import { setImmediate as turnOfTheLoop, setTimeout as pause } from 'node:timers/promises';
import { startCompanion, type Companion } from './child-process.ts';
import { startJsonServer } from './json-server.ts';
import type { Measured } from './measured.ts';
import type { Client, RequestCase } from './request-cases.ts';
import { spreadOf } from './spread.ts';

/** Requests under way at any time. */
export const CONCURRENCIES = [1, 64] as const;

/**
 * Microseconds a request, by concurrency: of the wall clock, and of the client's processor time with
 * all of its threads together.
 */
export type RequestFigure = `${'wallUs' | 'processorUs'} at ${(typeof CONCURRENCIES)[number]}`;
export type RequestCost = Readonly<Record<RequestFigure, number>>;
export type RequestResult = Measured<RequestFigure>;

export interface RequestPlan {
  /** Fresh processes of every client, one after another. */
  readonly processes: number;
  /** Rounds in each of these processes. */
  readonly rounds: number;
  /** Turns of every client in each round. The median turn gives the cost of the round. */
  readonly turns: number;
  /** Requests before the first turn of a process, which are not counted. */
  readonly warmUp: number;
  /** Requests of a turn, by concurrency: at 64 enough for several collections of garbage. */
  readonly requests: Readonly<Record<(typeof CONCURRENCIES)[number], number>>;
}

// Every client is at its final speed after some 6,000 requests.
const FULL: RequestPlan = {
  processes: 3,
  rounds: 2,
  turns: 7,
  warmUp: 6000,
  requests: { 1: 40, 64: 500 },
};
const QUICK: RequestPlan = {
  processes: 1,
  rounds: 3,
  turns: 4,
  warmUp: 4000,
  requests: { 1: 20, 64: 300 },
};

/** Uncounted requests before each turn, so that connections and caches are as in the midst of work. */
const RESUMED = 64;
const SETTLING_MS = 20;

/**
 * How to measure a section.
 *
 * @param rounds - how many in all, about; as many as the kind of run has where left out
 * @param turnLength - how many times as many requests a turn has, where a request costs little
 */
export function planOf(
  quick: boolean,
  { rounds, turnLength }: { rounds: number | undefined; turnLength: number },
): RequestPlan {
  const plan = quick ? QUICK : FULL;
  const processes = rounds === undefined ? plan.processes : Math.ceil(rounds / plan.rounds);
  const requests = { 1: plan.requests[1] * turnLength, 64: plan.requests[64] * turnLength };
  return { ...plan, processes, requests };
}

/**
 * Every client lives in a process of its own, and all of them live at the same time. One is at work
 * while the others wait, turn by turn, in an order that is drawn anew each time, so that whatever
 * else the machine does meets all alike. One server in a further process answers all.
 */
export async function measureRequests(
  section: string,
  cases: readonly RequestCase[],
  plan: RequestPlan,
  progress: (text: string) => void,
): Promise<readonly RequestResult[]> {
  const costs = cases.map((): RequestCost[] => []);
  const server = await startJsonServer();
  try {
    for (let process = 0; process < plan.processes; process += 1) {
      const label = `${section}: processes ${process + 1} of ${plan.processes}`;
      const clients: Companion[] = [];
      try {
        for (const { name } of cases) {
          progress(`${label}: warming ${name}`);
          clients.push(await startCompanion(section, { name, url: server.url, ...plan }));
        }
        // The first to be warmed have waited for the last, and need a turn to be at speed again.
        await takeTurns(clients, 1);
        for (let round = 0; round < plan.rounds; round += 1) {
          progress(`${label}: round ${round + 1} of ${plan.rounds}`);
          const turns = await takeTurns(clients, plan.turns);
          for (const [index, ofClient] of turns.entries()) costs[index]?.push(medianTurn(ofClient));
        }
      } finally {
        for (const client of clients) client.end();
      }
    }
  } finally {
    server.stop();
  }
  return cases.map(({ name }, index) => ({ name, costs: costs[index] ?? [] }));
}

async function takeTurns(
  clients: readonly Companion[],
  turns: number,
): Promise<readonly (readonly RequestCost[])[]> {
  const costs = clients.map((): RequestCost[] => []);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const index of inAnyOrder(clients.length)) {
      const cost = await clients[index]?.ask<RequestCost>();
      if (cost) costs[index]?.push(cost);
    }
  }
  return costs;
}

/** The places up to `length`, each once: nobody always follows the same neighbour. */
function inAnyOrder(length: number): readonly number[] {
  const drawn = Array.from({ length }, (_, place) => ({ place, lot: Math.random() }));
  return drawn.sort((a, b) => a.lot - b.lot).map(({ place }) => place);
}

/** Figure by figure. */
function medianTurn(turns: readonly RequestCost[]): RequestCost {
  const medianOf = (figure: RequestFigure) => spreadOf(turns.map((turn) => turn[figure])).median;
  return {
    'wallUs at 1': medianOf('wallUs at 1'),
    'wallUs at 64': medianOf('wallUs at 64'),
    'processorUs at 1': medianOf('processorUs at 1'),
    'processorUs at 64': medianOf('processorUs at 64'),
  };
}

/** The child's part: warms its client, and says how it takes one turn. */
export async function prepareTurns(
  cases: readonly RequestCase[],
  { name, url, warmUp, requests }: RequestPlan & { name: string; url: string },
): Promise<() => Promise<RequestCost>> {
  const requestCase = cases.find((candidate) => candidate.name === name);
  if (requestCase === undefined) throw new Error(`there is no case ${name}`);
  const client = await requestCase.prepare();
  await makeRequests(client, url, warmUp, 64);
  return async () => {
    await makeRequests(client, url, RESUMED, 64);
    const cost: Partial<Record<RequestFigure, number>> = {};
    for (const concurrency of CONCURRENCIES) {
      const count = requests[concurrency];
      await turnOfTheLoop();
      const busyBefore = process.cpuUsage();
      const startedAt = performance.now();
      await makeRequests(client, url, count, concurrency);
      cost[`wallUs at ${concurrency}`] = ((performance.now() - startedAt) * 1000) / count;
      const { user, system } = process.cpuUsage(busyBefore);
      cost[`processorUs at ${concurrency}`] = (user + system) / count;
    }
    // What the client still has to clear away is not to disturb the next one.
    await pause(SETTLING_MS);
    return cost as RequestCost;
  };
}

async function makeRequests(
  client: Client,
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
