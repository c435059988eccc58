import { pause, startStore, type RedisServer } from './redis-server.ts';

const SLOTS = 16_384;
const SETTINGS = [
  '--cluster-enabled',
  'yes',
  '--cluster-node-timeout',
  '1000',
  // A replica has its copy at once; one without a copy takes over from nobody.
  '--repl-diskless-sync-delay',
  '0',
];

/** A cluster of one's own: three primaries, and a replica of each where they are wanted. */
export interface RedisCluster {
  readonly primaries: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** The primary that has a key, at this moment. */
  ownerOf(key: string): Promise<RedisServer>;
  close(): Promise<void>;
}

/**
 * Starts a cluster on free ports of 127.0.0.1.
 *
 * @param binary - `redis-server` or `valkey-server`
 * @param withReplicas - whether each primary has one
 */
export async function startCluster(binary: string, withReplicas = false): Promise<RedisCluster> {
  const size = withReplicas ? 6 : 3;
  const servers = await Promise.all(Array.from({ length: size }, () => startNode(binary)));
  const primaries = servers.slice(0, 3);
  const replicas = servers.slice(3);
  const close = async () => void (await Promise.all(servers.map((server) => server.close())));
  try {
    await Promise.all(
      primaries.map((server, index) => {
        const from = Math.ceil((index * SLOTS) / 3);
        const to = Math.ceil(((index + 1) * SLOTS) / 3) - 1;
        return server.ask('CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${to}`);
      }),
    );
    for (const [index, server] of servers.entries()) {
      await server.ask('CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`);
      if (index === 0) continue;
      const { port } = primaries[0]!;
      await server.ask('CLUSTER', 'MEET', '127.0.0.1', `${port}`, `${busPortOf(port)}`);
    }
    await until(servers, 'CLUSTER', (info) => info.includes(`cluster_known_nodes:${size}`));
    for (const [index, replica] of replicas.entries()) {
      const id = /[0-9a-f]{40}/.exec(await primaries[index]!.ask('CLUSTER', 'MYID'))![0];
      await replica.ask('CLUSTER', 'REPLICATE', id);
    }
    await until(servers, 'CLUSTER', (info) => info.includes('cluster_state:ok'));
    await until(replicas, 'replication', (info) => info.includes('master_link_status:up'));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    primaries,
    replicas,
    nodes: servers.map(({ port }) => ({ host: '127.0.0.1', port })),
    async ownerOf(key: string) {
      for (const server of servers) {
        const answer = await server.ask('GET', key).catch(() => '-down');
        // A hash is there, or nothing; another node would answer MOVED.
        if (answer.startsWith('$') || answer.includes('WRONGTYPE')) return server;
      }
      throw new Error(`no node has ${key}`);
    },
    close,
  };
}

/** The nodes talk to each other on a port of their own. */
const busPortOf = (port: number): number => port + 10_000;

async function startNode(binary: string): Promise<RedisServer> {
  for (let tries = 0; tries < 20; tries += 1) {
    // One that lies too high has no second port, or somebody else has that.
    const server = await startStore(binary, ...SETTINGS).catch(() => undefined);
    if (server !== undefined) return server;
  }
  throw new Error(`no node of a cluster started in twenty tries`);
}

async function until(
  servers: readonly RedisServer[],
  about: 'CLUSTER' | 'replication',
  isSo: (info: string) => boolean,
): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const command = about === 'CLUSTER' ? ['CLUSTER', 'INFO'] : ['INFO', about];
    const infos = await Promise.all(servers.map((server) => server.ask(...command)));
    if (infos.every(isSo)) return;
    await pause(50);
  }
  throw new Error('the cluster is not up after twenty seconds');
}
