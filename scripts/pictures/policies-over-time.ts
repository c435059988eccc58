import {
  adaptiveLimit,
  concurrencyLimit,
  controlOf,
  endpoints,
  hedge,
  resilientFetch,
  type Fetch,
} from 'holdfast';
import { seededRandom } from 'holdfast/simulator';
import { virtualClock, type VirtualClock } from 'holdfast/testing';
import { usageLimits } from 'holdfast/usage';
import { plotText } from '../../bench/simulated/plot.ts';
import { API, serverOf, settled } from './attempts.ts';

/** Counts by second, or by another stretch of time. */
class Counts {
  readonly values: number[];
  readonly #stepMs: number;

  constructor(columns: number, stepMs = 1_000) {
    this.values = new Array<number>(columns).fill(0);
    this.#stepMs = stepMs;
  }

  add(now: number): void {
    const column = Math.floor(now / this.#stepMs);
    if (column < this.values.length) this.values[column] = (this.values[column] ?? 0) + 1;
  }
}

/** Calls at even distances, whatever comes of them. */
async function steadily(
  clock: VirtualClock,
  perSecond: number,
  seconds: number,
  call: () => Promise<unknown>,
): Promise<void> {
  for (let made = 0; made < perSecond * seconds; made += 1) {
    void settled(call());
    await clock.advance(1_000 / perSecond);
  }
}

/** How many attempts of a crowd have started, beside the bound. */
export async function tokenBucketPicture(): Promise<string> {
  const clock = virtualClock();
  const columns = 25;
  const started = new Counts(columns, 250);
  const asked = new Counts(columns, 250);
  const fetch = resilientFetch(
    serverOf(clock, (now) => {
      started.add(now);
      return { status: 200, afterMs: 20 };
    }),
    { clock, rateLimit: { ratePerSecond: 10, burst: 20 } },
  );
  for (let call = 0; call < 50; call += 1) {
    asked.add(clock.now());
    void settled(fetch(API));
  }
  await clock.advance(250 * columns);
  const sums = (values: readonly number[]) =>
    values.map((_, index) => values.slice(0, index + 1).reduce((sum, count) => sum + count, 0));
  return plotText({
    title: 'Token bucket: 50 calls at once, with a burst of 20 and 10 a second',
    across: 'seconds',
    up: 'so far',
    from: 0,
    step: 0.25,
    series: [
      { name: 'attempts that have started', values: sums(started.values), isMain: true },
      { name: 'calls', values: sums(asked.values) },
    ],
  });
}

/** What a server gets to see of steady calls while it is down. */
export async function circuitBreakerPicture(): Promise<string> {
  const seconds = 40;
  const run = async (circuitBreaker: false | undefined) => {
    const clock = virtualClock();
    const sent = new Counts(seconds);
    const fetch = resilientFetch(
      serverOf(clock, (now) => {
        sent.add(now);
        return { status: now >= 10_000 && now < 25_000 ? 503 : 200, afterMs: 30 };
      }),
      {
        clock,
        random: seededRandom(1),
        ...(circuitBreaker === false && { circuitBreaker, retry: { budget: false } }),
      },
    );
    await steadily(clock, 20, seconds, () => fetch(API));
    return sent.values;
  };
  return plotText({
    title: 'Circuit breaker: requests that reach a server, at 20 calls a second',
    across: 'seconds',
    up: 'requests/s',
    from: 0,
    step: 1,
    series: [
      { name: 'holdfast', values: await run(undefined), isMain: true },
      { name: 'retries without breaker and budget', values: await run(false) },
    ],
    marked: { from: 10, until: 25, name: 'the server is down' },
  });
}

/** Whom the calls of a fetch ask, while the first of two endpoints is down. */
export async function endpointsPicture(): Promise<string> {
  const clock = virtualClock();
  const seconds = 40;
  const hosts = { eu: new Counts(seconds), us: new Counts(seconds) };
  const list = [
    { url: 'https://eu.example.com', priority: 2 },
    { url: 'https://us.example.com', priority: 1 },
  ];
  const inner = serverOf(clock, (now, _request, url) => {
    const isFirst = url.includes('//eu.');
    hosts[isFirst ? 'eu' : 'us'].add(now);
    const isDown = isFirst && now >= 10_000 && now < 25_000;
    return { status: isDown ? 503 : 200, afterMs: 30 };
  });
  const random = seededRandom(1);
  const fetch = resilientFetch(inner, { clock, random, endpoints: endpoints(list, { clock }) });
  await steadily(clock, 20, seconds, () => fetch('https://eu.example.com/things'));
  return plotText({
    title: 'Endpoints: who is asked, at 20 calls a second',
    across: 'seconds',
    up: 'requests/s',
    from: 0,
    step: 1,
    series: [
      { name: 'eu, which is preferred', values: hosts.eu.values, isMain: true },
      { name: 'us', values: hosts.us.values },
    ],
    marked: { from: 10, until: 25, name: 'eu is down' },
  });
}

/** A server with so many workers, a queue, and 50 to 150 ms of work for each request. */
function workersAt(clock: VirtualClock, workersOf: (now: number) => number): Fetch {
  const random = seededRandom(1);
  let running = 0;
  const line: (() => void)[] = [];
  const work = () => {
    while (running < workersOf(clock.now())) {
      const next = line.shift();
      if (next === undefined) return;
      running += 1;
      clock.setTimer(
        () => {
          running -= 1;
          next();
          work();
        },
        50 + 100 * random(),
      );
    }
  };
  return () =>
    new Promise((resolve) => {
      line.push(() => resolve(new Response('{}')));
      work();
    });
}

/** The limit that is learned while the server has more and fewer workers. */
export async function concurrencyPicture(): Promise<string> {
  const clock = virtualClock();
  const seconds = 60;
  const workersOf = (now: number) => (now >= 20_000 && now < 40_000 ? 10 : 20);
  const concurrency = concurrencyLimit({ maxConcurrent: adaptiveLimit(), clock });
  const fetch = resilientFetch(workersAt(clock, workersOf), {
    clock,
    retry: false,
    circuitBreaker: false,
    concurrency,
  });
  const limits: number[] = [];
  const workers: number[] = [];
  let inFlight = 0;
  for (let ms = 0; ms < seconds * 1_000; ms += 5) {
    // A hundred callers, each of which asks again when it has its answer.
    while (inFlight < 100) {
      inFlight += 1;
      void settled(fetch(API)).then(() => void (inFlight -= 1));
    }
    if (ms % 1_000 === 0) {
      limits.push(controlOf(fetch).state(API).concurrency?.limit ?? 0);
      workers.push(workersOf(ms));
    }
    await clock.advance(5);
  }
  return plotText({
    title: 'Concurrency limit: the limit that it learns',
    across: 'seconds',
    up: 'requests at once',
    from: 0,
    step: 1,
    series: [
      { name: 'the adaptive limit', values: limits, isMain: true },
      { name: 'what the server can work on', values: workers },
    ],
    marked: { from: 20, until: 40, name: 'half of its workers' },
  });
}

/** The slowest tenth of many reads, of which one in a hundred is slow. */
export async function hedgePicture(): Promise<string> {
  const reads = 4_000;
  const run = async (isHedged: boolean) => {
    const clock = virtualClock();
    const random = seededRandom(7);
    const inner = serverOf(clock, () => ({
      status: 200,
      afterMs: random() < 0.01 ? 500 + 500 * random() : 20 + 40 * random(),
    }));
    const fetch = resilientFetch(inner, {
      clock,
      retry: false,
      ...(isHedged && { hedge: hedge({ clock }) }),
    });
    const times: number[] = [];
    for (let read = 0; read < reads; read += 1) {
      const from = clock.now();
      await clock.run(fetch(API));
      times.push(clock.now() - from);
    }
    return times.toSorted((one, other) => one - other);
  };
  const slowest = (times: readonly number[]) =>
    Array.from(
      { length: 100 },
      (_, index) => times[Math.floor(reads * (0.9 + index / 1_000))] ?? 0,
    );
  return plotText({
    title: 'Hedge: the slowest tenth of 4,000 reads, one in a hundred slow',
    across: 'percent of the reads that are as quick, or quicker',
    up: 'milliseconds',
    from: 90,
    step: 0.1,
    series: [
      { name: 'with a hedge', values: slowest(await run(true)), isMain: true },
      { name: 'without', values: slowest(await run(false)) },
    ],
  });
}

/** What is left of a limit in tokens, and what calls have taken of it. */
export async function usageLimitsPicture(): Promise<string> {
  const clock = virtualClock();
  const tokens = 1_000;
  const limits = [{ per: 'minute', tokens: 6_000, burst: 6_000, cost: () => tokens }] as const;
  let taken = 0;
  const inner = serverOf(clock, () => {
    taken += tokens;
    return { status: 200, afterMs: 2_000 };
  });
  const rateLimit = usageLimits({ clock, limits });
  const fetch = resilientFetch(inner, { clock, retry: false, rateLimit });
  const left: number[] = [];
  const started: number[] = [];
  for (let call = 0; call < 12; call += 1) void settled(fetch(API));
  for (let second = 0; second < 90; second += 1) {
    await clock.advance(1_000);
    left.push(controlOf(fetch).state(API).usage[0]?.left ?? 0);
    started.push(taken);
  }
  return plotText({
    title: 'Usage limits: 12 calls of 1,000 tokens at once, with 6,000 a minute',
    across: 'seconds',
    up: 'tokens',
    from: 1,
    step: 1,
    series: [
      { name: 'of calls that have started', values: started, isMain: true },
      { name: 'left', values: left },
    ],
  });
}
