// What the calls that share one signal leave in memory, and whether an abort still reaches a body
// after garbage collections: prints both as JSON. A process of its own, with --expose-gc.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resilientFetch } from '../../../src/index.ts';

const CALLS = 30_000;
const pause = (delayMs: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, delayMs);
  });

/** The least that was in use after any of so many rounds. */
async function collectGarbage(rounds = 8): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    globalThis.gc?.();
    await pause(20);
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

async function bytesLeftPerCall(): Promise<number> {
  const fetch = resilientFetch(async () => new Response('ok'));
  const shutdown = new AbortController();
  const run = async (calls: number) => {
    for (let done = 0; done < calls; done += 1) {
      await fetch('http://localhost/', { signal: shutdown.signal });
      if (done % 1000 === 0) await collectGarbage(1);
    }
  };
  await run(CALLS / 3);
  const before = await collectGarbage();
  await run(CALLS);
  const left = (await collectGarbage()) - before;
  shutdown.abort();
  return Math.round(left / CALLS);
}

/** Only the body's reader is held, as by somebody who reads a long stream. */
async function abortOfCollectedResponse(): Promise<string> {
  const server = createServer((_request, response) => {
    const writing = setInterval(() => response.write('more '), 50);
    response.on('close', () => clearInterval(writing));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const caller = new AbortController();
  const open = async () => {
    const response = await resilientFetch()(url, { signal: caller.signal });
    return response.body?.getReader();
  };
  const reader = await open();
  const reading = (async () => {
    while (!(await reader?.read())?.done) continue;
    return 'it ended';
  })().catch((error: Error) => error.message);
  await collectGarbage();
  caller.abort(new Error('cut off'));
  const outcome = await Promise.race([reading, pause(2000).then(() => 'it went on')]);
  server.closeAllConnections();
  server.close();
  return outcome;
}

const bytesPerCall = await bytesLeftPerCall();
console.log(JSON.stringify({ bytesPerCall, body: await abortOfCollectedResponse() }));
