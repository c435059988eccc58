// A program with a dashboard: it serves one request for the dashboard's stream, stops listening, and
// then has nothing left to do. It must end although the page is still open.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resilientFetch } from 'holdfast';
import { dashboard } from 'holdfast/dashboard';

const board = dashboard({ upstream: resilientFetch() }, { updateMs: 50 });
const server = createServer((request, response) => {
  void board.handler(request, response);
  setTimeout(() => server.close(), 200);
});
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
