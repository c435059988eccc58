import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type {
  BreakerMemberOrder,
  BreakerMemberState,
} from '../../integration/programs/breaker-member.ts';
import { hasRedis, pause, startRedis, type RedisServer } from './redis-server.ts';

const onRedis = hasRedis() ? describe : describe.skip;
const ROOT = join(import.meta.dirname, '..', '..', '..');
const PROGRAM = 'test/integration/programs/breaker-member.ts';
const MEMBERS = 5;
/** Each calls so seldom that it would have to fail for twelve seconds to open a circuit by itself. */
const SELDOM_MS = 1500;
const OFTEN_MS = 100;

onRedis('a circuit over five processes that call seldom', () => {
  let store: RedisServer;
  let server: Awaited<ReturnType<typeof startServer>>;
  let members: ChildProcess[];

  beforeEach(async () => {
    store = await startRedis();
    server = await startServer();
    const { NODE_OPTIONS: _ours, ...env } = process.env;
    members = Array.from({ length: MEMBERS }, () =>
      fork('scripts/run.mjs', [PROGRAM, `${store.port}`, server.url], {
        cwd: ROOT,
        env,
        execArgv: [],
      }),
    );
    await Promise.all(members.map((member) => once(member, 'message')));
    for (const [index, member] of members.entries()) {
      setTimeout(() => tell(member, SELDOM_MS, server.url), (index * SELDOM_MS) / MEMBERS);
    }
    await pause(3 * SELDOM_MS);
  }, 30_000);
  afterEach(async () => {
    await Promise.all(
      members.map(async (member) => {
        if (member.exitCode !== null) return;
        member.disconnect();
        await once(member, 'exit');
      }),
    );
    server.close();
    await store.close();
  });

  test('opens together, sends few probes in all, and closes together', async () => {
    expect(await statesOf(members)).toEqual(members.map(() => 'closed'));
    server.isFailing = true;
    const brokeAt = performance.now();
    expect(await comesTo(members, 'open', 8000)).toBe(true);
    // Eight errors of all, and one more of each that hears of it.
    expect(server.requests.filter((at) => at >= brokeAt).length).toBeLessThanOrEqual(2 * 8);
    for (const member of members) tell(member, OFTEN_MS, server.url);
    await pause(500);
    const before = server.requests.length;
    await Promise.all(members.map(readingOf));
    await pause(5000);
    // Four a second in all, by the server's own count, while the processes call fifty times a second.
    expect(server.requests.length - before).toBeGreaterThanOrEqual(4);
    expect(server.requests.length - before).toBeLessThanOrEqual(27);
    const readings = await Promise.all(members.map(readingOf));
    for (const { answered, longestMs } of readings) {
      expect(answered).toBe(0);
      // They waited for the server for three seconds at most, and for one attempt.
      expect(longestMs).toBeLessThan(4500);
    }
    server.isFailing = false;
    expect(await comesTo(members, 'closed', 5000)).toBe(true);
    await pause(500);
    await Promise.all(members.map(readingOf));
    await pause(1000);
    const healthy = await Promise.all(members.map(readingOf));
    expect(healthy.every(({ failed, refused }) => failed + refused === 0)).toBe(true);
  }, 60_000);

  test('is not opened by one whose network is broken, however often it calls', async () => {
    const [broken, ...others] = members;
    const nowhere = await startServer();
    nowhere.close();
    tell(broken!, OFTEN_MS, nowhere.url);
    await Promise.all(others.map(readingOf));
    await pause(8000);
    expect((await readingOf(broken!)).circuit).not.toBe('closed');
    expect(await statesOf(others)).toEqual(others.map(() => 'closed'));
    tell(broken!, OFTEN_MS, server.url);
    expect(await comesTo(members, 'closed', 5000)).toBe(true);
  }, 60_000);
});

/** The server that all call: it counts what comes, and answers or fails. */
async function startServer() {
  const requests: number[] = [];
  const made = { requests, isFailing: false, url: '', close: () => http.close() };
  const http = createServer((_request, response) => {
    requests.push(performance.now());
    response.writeHead(made.isFailing ? 500 : 200).end();
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  made.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return made;
}

function tell(member: ChildProcess, everyMs: number, url: string): void {
  if (member.connected) member.send({ everyMs, url } satisfies BreakerMemberOrder);
}

async function readingOf(member: ChildProcess): Promise<BreakerMemberState> {
  const answered = once(member, 'message');
  member.send('state' satisfies BreakerMemberOrder);
  return ((await answered) as [BreakerMemberState])[0];
}

const statesOf = async (members: readonly ChildProcess[]) =>
  (await Promise.all(members.map(readingOf))).map(({ circuit }) => circuit);

/** Waits until all circuits stand so; gives whether they did in time. */
async function comesTo(members: readonly ChildProcess[], state: string, withinMs: number) {
  const since = performance.now();
  while ((await statesOf(members)).some((one) => one !== state)) {
    if (performance.now() - since >= withinMs) return false;
    await pause(20);
  }
  return true;
}
