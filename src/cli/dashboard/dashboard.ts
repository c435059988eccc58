import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { remoteBoard } from '../../adapters/dashboard/remote-board.ts';
import type { ExitCode } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import type { World } from '../world.ts';
import type { DashboardLine } from './options.ts';

const DEFAULT_PORT = 9090;

/** Serves the dashboard of another process on this machine, until the program is interrupted. */
export async function showDashboard({ values }: DashboardLine, world: World): Promise<ExitCode> {
  const { url, header, port = DEFAULT_PORT } = values;
  if (url === undefined) {
    throw new UsageError(
      '--url: expected where the dashboard is mounted, as in http://localhost:3000/holdfast, got nothing',
    );
  }
  const board = remoteBoard({ url, headers: Object.fromEntries(header) });
  const server = createServer((request, response) => void board.handler(request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  world.print(`The dashboard of ${url}: http://localhost:${taken}/\nCtrl-C ends it.\n`);
  await world.untilInterrupted();
  board.close();
  server.close();
  server.closeAllConnections();
  return 0;
}
