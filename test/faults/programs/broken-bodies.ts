// Calls whose bodies break off, and what they leave in memory: prints, as JSON, the bytes that stay
// for each call, through fetch and through the wrapped fetch. A process of its own, with --expose-gc.
import { resilientFetch, type Fetch } from '../../../src/index.ts';
import { rawServer } from '../raw-server.ts';
import { DYING_BODIES, DYING_ERROR_BODIES } from '../wire-faults.ts';

const CALLS = 600;
const AT_A_TIME = 20;

const wrapped = resilientFetch(undefined, {
  retry: { maxRetries: 1, baseDelayMs: 0 },
  rateLimit: false,
  circuitBreaker: false,
});

async function heapAtRest(): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < 8; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

async function bytesLeftPerCall(fetchInUse: Fetch, url: string): Promise<number> {
  const run = async (calls: number) => {
    for (let done = 0; done < calls; done += AT_A_TIME) {
      const some = Array.from({ length: AT_A_TIME }, () => fetchInUse(url));
      await Promise.all(some.map((call) => call.then((response) => response.text()).catch(String)));
    }
  };
  await run(CALLS / 3);
  const before = await heapAtRest();
  await run(CALLS);
  return Math.round(((await heapAtRest()) - before) / CALLS);
}

const left: Record<string, { readonly bare: number; readonly wrapped: number }> = {};
const faults = { ...DYING_BODIES, ...DYING_ERROR_BODIES };
for (const name of ['a body shorter than its length', 'a 503 shorter than its length']) {
  const server = await rawServer(() => faults[name]!);
  const bare = await bytesLeftPerCall((input, init) => fetch(input, init), server.url);
  left[name] = { bare, wrapped: await bytesLeftPerCall(wrapped, server.url) };
  await server.close();
}
console.log(JSON.stringify(left));
