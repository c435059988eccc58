import { setTimeout as delay } from 'node:timers/promises';
import { resilientFetch, type Fetch } from 'holdfast';
import { faultyServer, type FaultyServer } from 'holdfast/testing';

/** A program with several upstreams, each a real server, that are asked all the time. */
export interface TroubledProgram {
  readonly fetches: Readonly<Record<Upstream, Fetch>>;
  readonly servers: Readonly<Record<Upstream, FaultyServer>>;
  /** Asks one upstream once, whatever comes of it. */
  ask(upstream: Upstream, path?: string): Promise<void>;
  /** Stops asking, and closes the servers. */
  close(): Promise<void>;
}

const UPSTREAMS = ['payments', 'search', 'chat', 'media'] as const;
export type Upstream = (typeof UPSTREAMS)[number];

/** How often each upstream is asked, in calls a second. */
const CALLS_PER_SECOND: Readonly<Record<Upstream, number>> = {
  payments: 20,
  search: 12,
  chat: 16,
  media: 3,
};

const PATHS = ['/plugin/v1/list', '/media/v1/public/file', '/chat/v1/sessions/1/messages'];

/** Starts the servers and the calls. */
export async function troubledProgram(): Promise<TroubledProgram> {
  const stop = new AbortController();
  const pairs = await Promise.all(
    UPSTREAMS.map(async (name) => {
      const server = await faultyServer();
      const fetch = resilientFetch(globalThis.fetch, {
        retry: { baseDelayMs: 50, maxDelayMs: 400 },
        totalTimeoutMs: 4_000,
      });
      return { name, server, fetch };
    }),
  );
  const servers = Object.fromEntries(pairs.map(({ name, server }) => [name, server]));
  const fetches = Object.fromEntries(pairs.map(({ name, fetch }) => [name, fetch]));
  const program = {
    servers: servers as Record<Upstream, FaultyServer>,
    fetches: fetches as Record<Upstream, Fetch>,
    async ask(upstream: Upstream, path = '/plugin/v1/list') {
      try {
        const { signal } = stop;
        const url = program.servers[upstream].url + path;
        const response = await program.fetches[upstream](url, { signal });
        await response.arrayBuffer();
      } catch {
        // The dashboard tells of it.
      }
    },
  };
  const asking = UPSTREAMS.map(async (name) => {
    for (let number = 0; !stop.signal.aborted; number += 1) {
      void program.ask(name, PATHS[number % PATHS.length]);
      await delay(1_000 / CALLS_PER_SECOND[name]);
    }
  });
  return {
    ...program,
    async close() {
      stop.abort();
      await Promise.all(asking);
      await Promise.all(pairs.map(({ server }) => server.close()));
    },
  };
}
