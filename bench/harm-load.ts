import { hurriedAt, hurry, platform, tellAndAwaitBegin, type Hurry } from './harm-clock.ts';
import { endOf, type Ask } from './harm-clients.ts';
import type { Call, Group, Scenario } from './harm-scenario.ts';
import { WARM_UP_PATH } from './harm-server.ts';

/** What the callers of one client saw. */
export interface Seen {
  readonly calls: readonly Call[];
  /** How late the callers came: a hundredth of them came later, in milliseconds of the machine. */
  readonly lateMs: number;
}

interface Due {
  readonly group: Group;
  readonly index: number;
  readonly seconds: number;
}

export const STILL_WAITING = 'still waiting';
const TICK_MS = 2;

/**
 * Lets callers come at the scenario's rates, whether earlier ones have been served or not, and
 * watches them until the last has ended or has no patience left.
 */
export async function makeLoad(
  scenario: Scenario,
  prepare: () => Promise<Ask>,
  origin: string,
  time: Hurry,
): Promise<Seen> {
  hurry(time);
  const ask = await prepare();
  await warmUp(origin);
  const begunAt = hurriedAt(time, await tellAndAwaitBegin('ready'));
  const now = () => (Date.now() - begunAt) / 1000;
  const calls: Call[] = [];
  const waiting = new Set<Due>();
  const lateness: number[] = [];

  const begin = (due: Due) => {
    lateness.push(((now() - due.seconds) * 1000) / time.speed);
    waiting.add(due);
    const { group, index, seconds } = due;
    const end = (how: string) => {
      if (!waiting.delete(due)) return;
      const durationMs = (now() - seconds) * 1000;
      calls.push({ group: group.name, begunAt: seconds, durationMs, end: how });
    };
    oneCall(ask, `${origin}${group.path(index)}`, group).then(end, (error) => end(endOf(error)));
  };

  const coming = arrivalsOf(scenario);
  let next = 0;
  const until = scenario.seconds + scenario.patienceSeconds;
  while (next < coming.length || (waiting.size > 0 && now() < until)) {
    for (let due = coming[next]; due && due.seconds <= now(); due = coming[next]) {
      next += 1;
      begin(due);
    }
    await new Promise((resolve) => platform.setTimeout(resolve, TICK_MS));
  }
  for (const { group, seconds } of waiting) {
    const durationMs = (now() - seconds) * 1000;
    calls.push({ group: group.name, begunAt: seconds, durationMs, end: STILL_WAITING });
  }
  lateness.sort((a, b) => a - b);
  return { calls, lateMs: lateness[Math.floor(lateness.length * 0.99)] ?? 0 };
}

/** Loads what fetch itself needs, with a few connections; the client to be judged learns nothing. */
async function warmUp(origin: string): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const requests = Array.from({ length: 10 }, () => fetch(origin + WARM_UP_PATH));
    await Promise.all(requests.map(async (request) => (await request).text()));
  }
}

async function oneCall(ask: Ask, url: string, { method, credential }: Group): Promise<string> {
  const headers = credential === undefined ? {} : { authorization: credential };
  const body = method === 'POST' ? '{"text":"hello"}' : undefined;
  const init = { method: method ?? 'GET', headers, ...(body === undefined ? {} : { body }) };
  const response = await ask(url, init);
  if (!response.bodyUsed) await response.text();
  return String(response.status);
}

/** Evenly spaced, each group at its own rate. */
function arrivalsOf({ groups, seconds }: Scenario): readonly Due[] {
  return groups
    .flatMap((group) =>
      Array.from({ length: Math.floor(group.perSecond * seconds) }, (_, index) => ({
        group,
        index,
        seconds: (index + 0.5) / group.perSecond,
      })),
    )
    .toSorted((a, b) => a.seconds - b.seconds);
}
