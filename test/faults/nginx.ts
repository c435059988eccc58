import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian and others put it; not all of these are on everybody's path. */
const PLACES = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx'];

/** The nginx of this machine; `undefined`, and a line that says how to get one, if there is none. */
export function findNginx(): string | undefined {
  const found = PLACES.find((place) => spawnSync(place, ['-v']).status === 0);
  if (found === undefined) {
    process.stderr.write(
      'skipped: no nginx on this machine (Debian: apt-get install -y nginx; macOS: brew install nginx)\n',
    );
  }
  return found;
}

/** An nginx of one's own, in the foreground, on a free port of 127.0.0.1. */
export interface Nginx {
  readonly url: string;
  /** Ends it as an operator would: running requests are finished first. */
  quit(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Ends it at once, and removes its files. */
  close(): Promise<void>;
}

/**
 * Starts an nginx.
 *
 * @param servers - the contents of `server { … }`, without `listen`
 * @param outside - what stands beside it in `http { … }`: zones, upstreams
 */
export async function startNginx(binary: string, servers: string, outside = ''): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-nginx-'));
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, servers, outside));
  let child: ReturnType<typeof spawn> | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  const kill = () => void child?.kill('SIGKILL');
  process.once('exit', kill);

  async function start(): Promise<void> {
    const running = spawn(
      binary,
      ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    child = running;
    let said = '';
    running.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
    let isOver = false;
    ended = new Promise<void>((resolve) => {
      running.once('error', (error) => {
        said += error.message;
        isOver = true;
        resolve();
      });
      running.once('exit', () => {
        isOver = true;
        resolve();
      });
    });
    for (let tries = 0; tries < 100; tries += 1) {
      if (isOver) throw new Error(`nginx did not start: ${said}`);
      const isUp = await fetch(`http://127.0.0.1:${port}/up`).then(
        async (response) => (await response.text()) === 'up',
        () => false,
      );
      if (isUp) return;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    throw new Error(`nginx is not up after five seconds: ${said}`);
  }

  const nginx: Nginx = {
    url: `http://127.0.0.1:${port}`,
    start,
    async quit() {
      child?.kill('SIGQUIT');
      await ended;
    },
    async close() {
      kill();
      await ended;
      process.off('exit', kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await start();
  } catch (error) {
    await nginx.close();
    throw error;
  }
  return nginx;
}

function configuration(folder: string, port: number, servers: string, outside: string): string {
  return `
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr warn;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${outside}
  server {
    listen 127.0.0.1:${port};
    location = /up { return 200 'up'; }
    ${servers}
  }
}
`;
}

/** A port that nobody listens on: of this very moment, which is as much as can be had. */
export async function freePort(): Promise<number> {
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
