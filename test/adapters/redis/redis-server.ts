import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this machine has Redis. Where it has none a line says how to get it; in CI that is a failure. */
export function hasRedis(): boolean {
  const isThere = spawnSync('redis-server', ['--version']).status === 0;
  if (isThere) return true;
  const how = 'no redis-server on this machine: apt-get install -y redis-server';
  // Any value but these two, as the tools of CI systems read it.
  if (!['', 'false', undefined].includes(process.env['CI'])) throw new Error(how);
  process.stderr.write(`skipped: ${how}\n`);
  return false;
}

/** The servers that this machine has. Valkey is no package of every system, so it is never a must. */
export function storeBinaries(): readonly string[] {
  if (spawnSync('valkey-server', ['--version']).status === 0) {
    return ['redis-server', 'valkey-server'];
  }
  process.stderr.write(
    'skipped: no valkey-server on this machine: apt-get install -y valkey-server, from Debian 13 and Ubuntu 24.04 on, or https://valkey.io/download\n',
  );
  return ['redis-server'];
}

/** A Redis of one's own, empty, on a free port of 127.0.0.1. */
export interface RedisServer {
  readonly port: number;
  /** Sends one command on a connection of its own, and gives the raw answer. */
  ask(...command: string[]): Promise<string>;
  /** Ends the process at once. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with nothing in it. */
  start(...settings: string[]): Promise<void>;
  /** Stops the process without ending it, or lets it run on. */
  freeze(): void;
  thaw(): void;
  /** Ends it, and removes its files. */
  close(): Promise<void>;
}

export const startRedis = (...settings: string[]): Promise<RedisServer> =>
  startStore('redis-server', ...settings);

/** @param binary - the program, which takes Redis's settings */
export async function startStore(binary: string, ...settings: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  const end = () => void child?.kill('SIGKILL');
  process.once('exit', end);

  const server: RedisServer = {
    port,
    ask: (...command) => ask(port, command),
    async kill() {
      end();
      await ended;
    },
    async start(...more) {
      const running = spawn(
        binary,
        ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...more],
        { stdio: 'ignore' },
      );
      child = running;
      let isOver = false;
      ended = new Promise<void>((resolve) => {
        const over = () => {
          isOver = true;
          resolve();
        };
        running.once('error', over).once('exit', over);
      });
      for (let tries = 0; tries < 200; tries += 1) {
        if (isOver) throw new Error(`${binary} did not start`);
        const answer = await ask(port, ['PING']).catch(() => '');
        if (/PONG|LOADING/.test(answer)) return;
        await pause(25);
      }
      throw new Error(`${binary} is not up after five seconds`);
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async close() {
      end();
      await ended;
      process.off('exit', end);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await server.start(...settings);
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** One command and its answer, as the wire has it (RESP2). */
function ask(port: number, command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = createConnection(port, '127.0.0.1');
    const words = command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
    let answer = '';
    let quiet: NodeJS.Timeout | undefined;
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
      clearTimeout(quiet);
      // Whole answers of this size come in one piece or close together.
      quiet = setTimeout(() => {
        resolve(answer);
        socket.destroy();
      }, 5);
    });
    socket.write(`*${command.length}\r\n${words.join('')}`);
  });
}

/** A port that nobody listens on: of this very moment, which is as much as can be had. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
