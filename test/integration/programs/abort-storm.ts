// 1,000 calls into a server that misbehaves in every way, each aborted at a random moment; prints
// what is left behind, as JSON. A process of its own, so that nothing else is counted.
import { getEventListeners } from 'node:events';
import { resilientFetch } from '../../../src/index.ts';
import { faultyServer, ondemandFault, type Fault } from '../../../src/testing.ts';
import { eventually, pause } from '../plain-server.ts';

const CALLS = 1000;
/** So many at a time: a machine with other things to do must not turn the storm into a jam. */
const AT_A_TIME = 40;
/** How long after the moment that it waits for a call is aborted, at most. */
const LONGEST_MS = 80;

const seed = Number(process.argv[2] ?? 1);
let state = seed;
/** A linear congruential generator: the same seed gives the same storm. */
const random = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

const FAULTS: readonly Fault[] = [
  { kind: 'none' },
  { kind: 'never-answers' },
  { kind: 'slow-headers', delayMs: 40 },
  { kind: 'slow-body', pieces: 10, everyMs: 10 },
  { kind: 'truncated-body', framing: 'chunked' },
  { kind: 'reset', when: 'before-headers' },
  { kind: 'reset', when: 'mid-body' },
  ondemandFault('server_error', { paddedToBytes: 200_000 }),
  ondemandFault('bad_gateway'),
  ondemandFault('resource_unavailable', { retryAfter: { form: 'retry-after-ms', ms: 30 } }),
  ondemandFault('not_found'),
];

const unhandled: string[] = [];
const warnings: string[] = [];
process.on('unhandledRejection', (reason) => void unhandled.push(String(reason)));
process.on('warning', ({ name, message }) => void warnings.push(`${name}: ${message}`));

const server = await faultyServer();
// The first fetch of a process loads what it needs; the storm should not blow over before that.
await (await fetch(server.url)).text();
const timersAtRest = countTimers();
let shared = new AbortController();
const signals = new Set<AbortSignal>();
const retry = { baseDelayMs: 20 };
const fetches = [
  resilientFetch(undefined, { retry, rateLimit: false, circuitBreaker: false }),
  resilientFetch(undefined, { retry, rateLimit: { ratePerSecond: 500 }, circuitBreaker: false }),
  resilientFetch(undefined, {
    retry,
    attemptTimeoutMs: 30,
    circuitBreaker: { mode: 'classic', openMs: 10 },
  }),
  resilientFetch(undefined, {
    retry,
    rateLimit: false,
    circuitBreaker: false,
    attemptTimeoutMs: false,
    totalTimeoutMs: false,
  }),
];
const ends = { answered: 0, failed: 0, aborted: 0, late: 0 };

async function call(number: number): Promise<void> {
  server.play(pick(FAULTS));
  const isShared = number % 2 === 0;
  const controller = isShared ? shared : new AbortController();
  const { signal } = controller;
  signals.add(signal);
  // Without a timeout the shared signal goes to fetch itself, and Node's allows it 1,500 listeners.
  const resilient = pick(isShared ? fetches.slice(0, 3) : fetches);
  const headers = { 'x-call': String(number) };
  const body = 'x'.repeat(1000);
  const init = random() < 0.5 ? { headers, signal } : { method: 'PUT', body, headers, signal };
  const running = resilient(`${server.url}/plugin/v1/list`, init).then((response) =>
    response.text(),
  );
  const ended = running.then(
    () => 'answered' as const,
    () => (signal.aborted ? ('aborted' as const) : ('failed' as const)),
  );
  if (!isShared) {
    // However slow the machine is, half of the aborts come when the server is at work.
    const arrived = () =>
      server.requests.some((request) => request.headers['x-call'] === `${number}`);
    if (random() < 0.5) await Promise.race([eventually(arrived, 1000), ended]);
    await Promise.race([pause(random() * LONGEST_MS), ended]);
    controller.abort(new Error('enough'));
  }
  const settled = ended.then((end) => (ends[end] += 1));
  if (isShared) return void (await settled);
  const atOnce = new Promise<'late'>((resolve) => {
    setImmediate(() => setImmediate(() => resolve('late')));
  });
  if ((await Promise.race([settled, atOnce])) === 'late') ends.late += 1;
  await settled;
}

let begun = 0;
const abortShared = setInterval(() => {
  shared.abort(new Error('enough'));
  shared = new AbortController();
}, 2 * LONGEST_MS);
const workers = Array.from({ length: AT_A_TIME }, async () => {
  while (begun < CALLS) {
    begun += 1;
    await call(begun);
  }
});
await Promise.all(workers);
clearInterval(abortShared);
await eventually(() => {
  // A signal that was not aborted may be listened to for as long as a response of it exists.
  globalThis.gc?.();
  return server.counts.inFlight === 0 && countTimers() <= timersAtRest && countListeners() === 0;
});

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

function countListeners(): number {
  return [...signals].reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
}

console.log(
  JSON.stringify({
    seed,
    calls: CALLS,
    ends,
    requests: server.counts.requests,
    left: {
      timers: countTimers() - timersAtRest,
      listeners: countListeners(),
      socketsInUse: server.counts.inFlight,
    },
    unhandled,
    warnings,
  }),
);
await server.close();
