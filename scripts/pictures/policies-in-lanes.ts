import { coalesce, fallback, lastGood, resilientFetch, type ResilientFetchOptions } from 'holdfast';
import { seededRandom } from 'holdfast/simulator';
import { virtualClock } from 'holdfast/testing';
import { API, attemptsIn, serverOf, settled, type Answer } from './attempts.ts';
import { lanesText, type Bar, type Kind, type Lane } from './lanes.ts';

/** The attempts of one call. */
async function laneOf(
  name: string,
  answer: (now: number, request: number) => Answer,
  options: ResilientFetchOptions,
): Promise<Lane> {
  const clock = virtualClock();
  const bars: Bar[] = [];
  const fetch = resilientFetch(serverOf(clock, answer), {
    clock,
    circuitBreaker: false,
    onEvent: attemptsIn(clock, bars),
    ...options,
  });
  await clock.run(settled(fetch(API)));
  return { name, bars };
}

/** The attempts of calls that failed in the same moment. */
export async function retryPicture(): Promise<string> {
  const outage = (now: number): Answer => ({ status: now < 900 ? 503 : 200, afterMs: 60 });
  const crowd = await Promise.all(
    [3, 8, 21].map((seed, index) =>
      laneOf(`call ${index + 1}, full jitter`, outage, { random: seededRandom(seed) }),
    ),
  );
  const alike = await laneOf('without jitter', outage, { retry: { jitter: 'none' } });
  return lanesText({
    title: 'Retry: calls that failed together come back apart',
    untilMs: 2_000,
    lanes: [...crowd, alike],
  });
}

/** What an attempt timeout and a total timeout cut off. */
export async function timeoutPicture(): Promise<string> {
  const hangs = (_now: number, request: number): Answer =>
    request === 0 ? 'never' : { status: 200, afterMs: 120 };
  const never = (): Answer => 'never';
  const retry = { jitter: 'none', baseDelayMs: 100 } as const;
  return lanesText({
    title: 'Timeout: a request hangs; the bounds are 300 ms and 1 s',
    untilMs: 1_200,
    lanes: await Promise.all([
      laneOf('attempt timeout', hangs, { retry, attemptTimeoutMs: 300 }),
      laneOf('total timeout', never, { retry, totalTimeoutMs: 1_000 }),
      laneOf('both, and it goes on hanging', never, {
        retry,
        attemptTimeoutMs: 300,
        totalTimeoutMs: 1_000,
      }),
    ]),
  });
}

/** Callers that come while a request is under way, and that request. */
export async function coalescePicture(): Promise<string> {
  const clock = virtualClock();
  const server: Bar[] = [];
  const inner = serverOf(clock, () => ({ status: 200, afterMs: 200 }));
  const fetch = coalesce({ clock })(async (...request) => {
    const from = clock.now();
    const response = await inner(...request);
    server.push({ from, until: clock.now(), kind: 'answered' });
    return response;
  });
  const lanes: Lane[] = [];
  const calls: Promise<void>[] = [];
  for (const from of [0, 40, 90, 150, 260]) {
    await clock.advance(from - clock.now());
    const bars: Bar[] = [];
    lanes.push({ name: `caller ${lanes.length + 1}`, bars });
    const call = fetch(API).then(() => void bars.push({ from, until: clock.now(), kind: 'read' }));
    calls.push(call);
  }
  await clock.run(Promise.all(calls));
  return lanesText({
    title: 'Coalesce: four callers are one request, and one who comes later is another',
    untilMs: 500,
    lanes: [...lanes, { name: 'what the server sees', bars: server }],
  });
}

/** What the callers of a fetch get over time, in an outage. */
export async function fallbackPicture(): Promise<string> {
  const lane = async (name: string, options: (clock: Clock) => ResilientFetchOptions) => {
    const clock = virtualClock();
    const inner = serverOf(clock, (now) => ({
      status: now >= 4_000 && now < 14_000 ? 503 : 200,
      afterMs: 50,
    }));
    const fetch = resilientFetch(inner, { clock, retry: false, ...options(clock) });
    const bars: Bar[] = [];
    while (clock.now() < 18_000) {
      const from = clock.now();
      const response = await clock.run(fetch(API));
      const isOld = response.headers.has('age');
      const kind: Kind = !response.ok ? 'failed' : isOld ? 'stands in' : 'answered';
      bars.push({ from, until: from + 400, kind });
      await clock.advance(500 - (clock.now() - from));
    }
    return { name, bars };
  };
  type Clock = ReturnType<typeof virtualClock>;
  return lanesText({
    title: 'Fallback: a server is down from 4 s to 14 s',
    untilMs: 18_000,
    lanes: [
      await lane('without', () => ({ circuitBreaker: false })),
      await lane('the last good, up to 6 s old', (clock) => ({
        circuitBreaker: false,
        fallback: fallback({ lastGood: lastGood({ maxAgeMs: 6_000, clock }) }),
      })),
    ],
  });
}
