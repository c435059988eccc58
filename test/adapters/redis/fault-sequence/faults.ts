import { pause, type RedisServer } from '../redis-server.ts';
import type { SlowNetwork } from '../slow-network.ts';

/** The store of a sequence, and the way to it. */
export interface Store {
  readonly server: RedisServer;
  readonly network: SlowNetwork;
}

/** Something that goes wrong for `ms` milliseconds; it resolves when it is over. */
export interface Fault {
  readonly name: string;
  /** Whether members lose the store, each a little apart from the others. */
  readonly losesStore: boolean;
  happen(store: Store, ms: number): Promise<void>;
}

const lasting = (name: string, happen: Fault['happen']): Fault => ({
  name,
  losesStore: true,
  happen,
});
const sudden = (name: string, ...command: string[]): Fault => ({
  name,
  losesStore: name === 'CLIENT KILL',
  happen: async ({ server }) => void (await server.ask(...command)),
});

/** What can go wrong, each with its end. */
export const FAULTS: readonly Fault[] = [
  lasting('killed, and empty when it is back', async ({ server }, ms) => {
    await server.kill();
    await pause(ms);
    await server.start(...SETTINGS);
  }),
  lasting('frozen', async ({ server }, ms) => {
    server.freeze();
    await pause(ms);
    server.thaw();
  }),
  lasting('CLIENT PAUSE', async ({ server }, ms) => {
    await server.ask('CLIENT', 'PAUSE', `${Math.round(ms)}`, 'ALL');
    await pause(ms);
  }),
  lasting('DEBUG SLEEP', async ({ server }, ms) => {
    server.ask('DEBUG', 'SLEEP', `${ms / 1000}`).catch(() => {});
    await pause(ms);
  }),
  lasting('a replica', async ({ server }, ms) => {
    await server.ask('REPLICAOF', '127.0.0.1', '1');
    await pause(ms);
    await server.ask('REPLICAOF', 'NO', 'ONE');
  }),
  lasting('out of memory', async ({ server }, ms) => {
    await server.ask('CONFIG', 'SET', 'maxmemory', '1');
    await pause(ms);
    await server.ask('CONFIG', 'SET', 'maxmemory', '0');
  }),
  lasting('network cut', async ({ network }, ms) => {
    network.isCut = true;
    await pause(ms);
    network.isCut = false;
  }),
  sudden('FLUSHALL', 'FLUSHALL'),
  sudden('SCRIPT FLUSH', 'SCRIPT', 'FLUSH', 'SYNC'),
  sudden('CLIENT KILL', 'CLIENT', 'KILL', 'TYPE', 'normal'),
];

/** What the server is started with, so that it can be put to sleep. */
export const SETTINGS = ['--enable-debug-command', 'local'] as const;

/** Numbers from 0 up to 1, the same for the same seed (Park and Miller). */
export function randomFrom(seed: number): () => number {
  let state = (seed * 7919) % 2_147_483_647 || 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
