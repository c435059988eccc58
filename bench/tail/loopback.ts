import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hedge, resilientFetch, type Fetch } from 'holdfast';
import { percentile, seededRandom } from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { countText, meanOf } from '../simulated/figures.ts';

const RATE_PER_SECOND = 200;
const SLOW_SHARE = 0.01;
const SLOW_MS = 1_000;
const USUAL_MS = 10;

const CONTENDERS: readonly { readonly name: string; readonly make: () => Fetch }[] = [
  { name: 'holdfast, hedge()', make: () => resilientFetch(undefined, { hedge: hedge() }) },
  { name: 'holdfast', make: () => resilientFetch() },
  { name: 'fetch', make: () => globalThis.fetch },
];

/** A server on loopback that is slow once in a hundred times, and counts. */
async function startServer(random: () => number) {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    const answer = setTimeout(() => response.end('{}'), random() < SLOW_SHARE ? SLOW_MS : USUAL_MS);
    response.once('close', () => clearTimeout(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/leaf`,
    requests: () => requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Calls come at random, whatever has become of those before. */
async function run(fetch: Fetch, calls: number, seed: number) {
  const random = seededRandom(seed);
  const server = await startServer(random);
  const call = async (): Promise<number> => {
    const startedAt = performance.now();
    const response = await fetch(server.url);
    await response.arrayBuffer();
    return performance.now() - startedAt;
  };
  try {
    const running: Promise<number>[] = [];
    const beganAt = performance.now();
    let dueMs = 0;
    while (running.length < calls) {
      dueMs += (-Math.log(1 - random()) * 1_000) / RATE_PER_SECOND;
      const early = beganAt + dueMs - performance.now();
      if (early > 1) await sleep(early);
      running.push(call());
    }
    const latencies = (await Promise.all(running)).toSorted((one, other) => one - other);
    return {
      median: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      p999: percentile(latencies, 0.999),
      load: server.requests() / calls,
    };
  } finally {
    await server.close();
  }
}

async function* measureLoopback({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  for (const { name, make } of choose(CONTENDERS)) {
    const runs: Awaited<ReturnType<typeof run>>[] = [];
    for (const seed of seeds) runs.push(await run(make(), quick ? 1_500 : 6_000, seed));
    const of = (figure: keyof (typeof runs)[number]) => runs.map((one) => one[figure]);
    const texts = (['median', 'p99', 'p999'] as const).map((figure) => countText(of(figure)));
    rows.push([name, ...texts, meanOf(of('load')).toFixed(3)]);
  }
  yield {
    title: `The same on a real server on loopback, ${RATE_PER_SECOND} calls/s in real time: latency of a call in milliseconds, requests for each call`,
    header: ['client', 'p50', 'p99', 'p99.9', 'requests'],
    rows,
  };
}

export const LOOPBACK: Part = { name: 'loopback', measure: measureLoopback };
