// What calls with signals leave in memory, and whether an abort still reaches a body
// after garbage collections: prints both as JSON. A process of its own, with --expose-gc.
import { resilientFetch } from '../../../src/index.ts';
import { pause, plainServer } from '../plain-server.ts';

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

async function bytesLeftPerCall(calls: number, call: () => Promise<unknown>): Promise<number> {
  const run = async (count: number) => {
    for (let done = 0; done < count; done += 1) {
      await call();
      if (done % 500 === 0) await collectGarbage(1);
    }
  };
  await run(calls / 3);
  const before = await collectGarbage();
  await run(calls);
  return Math.round(((await collectGarbage()) - before) / calls);
}

const URL_HERE = 'http://localhost/';
const fetch = resilientFetch(async () => new Response('ok'));
const shutdown = new AbortController();
const withOneSignal = () => fetch(URL_HERE, { signal: shutdown.signal });

/** Each call has a signal of its own, by which one still gets at the response. */
async function withOwnSignal(): Promise<void> {
  const { signal } = new AbortController();
  const response = await fetch(URL_HERE, { signal });
  signal.addEventListener('abort', () => void response.body?.cancel());
}

/** A failed answer is there already when the call is aborted, with a reason by which it is known. */
async function abortedInBackoff(): Promise<void> {
  const caller = new AbortController();
  const busy = resilientFetch(async () => new Response('busy', { status: 503 }));
  const call = busy(URL_HERE, { signal: caller.signal });
  setTimeout(() => caller.abort(new Error('enough')), 1);
  await call.catch(() => {});
}

/** Only the body's reader is held, as by somebody who reads a long stream. */
async function abortOfCollectedResponse(): Promise<string> {
  const server = await plainServer((_request, response) => {
    const writing = setInterval(() => response.write('more '), 50);
    response.on('close', () => clearInterval(writing));
  });
  const caller = new AbortController();
  const open = async () => {
    const response = await resilientFetch()(server.url, { signal: caller.signal });
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
  await server.close();
  return outcome;
}

const bytesPerCall = {
  withOneSignal: await bytesLeftPerCall(20_000, withOneSignal),
  withOwnSignal: await bytesLeftPerCall(10_000, withOwnSignal),
  abortedInBackoff: await bytesLeftPerCall(3000, abortedInBackoff),
};
console.log(JSON.stringify({ bytesPerCall, body: await abortOfCollectedResponse() }));
