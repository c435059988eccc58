import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fetch } from 'holdfast';
import { dashboard } from 'holdfast/dashboard';
import { faultyServer, type FaultyServer } from 'holdfast/testing';
import type { Outcome, Situation, Stage } from './situation.ts';
import { callThrough, fetchOf } from './stage.ts';

/** A situation that is played again and again, on a server and a fetch that stay. */
interface Standing {
  readonly situation: Situation;
  readonly server: FaultyServer;
  readonly fetch: Fetch;
}

/** A moment between two situations, to look at what is left of the first. */
const PAUSE_MS = 1_500;

/**
 * Plays the situations until Ctrl-C, and shows them on the dashboard. Each has a server of its own;
 * the groups go on side by side, so that there is always something to see.
 */
export async function showOnDashboard(
  situations: readonly Situation[],
  print: (text: string) => void,
): Promise<void> {
  const standings = await Promise.all(
    situations.map(async (situation): Promise<Standing> => {
      const server = await faultyServer();
      return { situation, server, fetch: fetchOf(situation, globalThis.fetch) };
    }),
  );
  const fetches = standings.map(({ situation, fetch }) => [situation.title, fetch] as const);
  const board = dashboard(Object.fromEntries(fetches), {
    title: 'holdfast: what happens when an API misbehaves',
  });
  const server = createServer((request, response) => void board.handler(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  print(`The dashboard: http://localhost:${(server.address() as AddressInfo).port}/`);
  print('The same situations again and again, until Ctrl-C.');

  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  const names = new Set(standings.map(({ situation }) => situation.group));
  const groups = [...names].map((name) =>
    standings.filter(({ situation }) => situation.group === name),
  );
  await Promise.all(groups.map((group) => playAgainAndAgain(group, stop.signal)));
  board.close();
  server.close();
  server.closeAllConnections();
  await Promise.all(standings.map((standing) => standing.server.close()));
}

async function playAgainAndAgain(group: readonly Standing[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const standing of group) {
      await Promise.race([play(standing), once(signal, 'abort')]);
      if (signal.aborted) return;
      await delay(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }
}

/** Plays a situation once; what comes of it is on the dashboard. */
async function play({ situation, server, fetch }: Standing): Promise<void> {
  server.clear();
  const stage: Stage = {
    server,
    events: [],
    call: (target, init): Promise<Outcome> =>
      callThrough(fetch, target.startsWith('http') ? target : server.url + target, init),
    progress: () => undefined,
    mark: () => undefined,
  };
  await situation.act(stage);
}
