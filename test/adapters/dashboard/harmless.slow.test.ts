import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { resilientFetch } from 'holdfast';
import { dashboard } from 'holdfast/dashboard';
import { repeat, scriptedFetch } from 'holdfast/testing';

test('pages that never read are given no more than they take, and hold up nobody', async () => {
  const wrapped = resilientFetch(scriptedFetch([repeat(200)]));
  const board = dashboard(wrapped, { updateMs: 5 });
  const responses: ServerResponse[] = [];
  const server = createServer((request, response) => {
    responses.push(response);
    void board.handler(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const deaf = Array.from({ length: 5 }, () => {
    const socket = connect(port, '127.0.0.1').pause();
    socket.on('error', () => {});
    socket.write('GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n');
    return socket;
  });
  const calls = async (number: number) => {
    for (let host = 0; host < 100; host += 1) {
      await wrapped(`https://api-${host}.example.com/things/${number}`);
    }
  };
  let waiting = 0;
  try {
    // Each part is some 170 kB. First the kernel takes what comes; then a few more rounds.
    let further = 10;
    for (let round = 0; round < 2_000 && further > 0; round += 1) {
      await calls(round);
      await delay(10);
      waiting = Math.max(waiting, ...responses.map(({ writableLength }) => writableLength));
      if (waiting > 0) further -= 1;
    }
    expect([responses.length, further]).toEqual([5, 0]);
    expect(waiting).toBeLessThan(2 * JSON.stringify(board.snapshot()).length);
    const answer = await fetch(`http://127.0.0.1:${port}/snapshot.json`);
    expect(answer.status).toBe(200);
  } finally {
    for (const socket of deaf) socket.destroy();
    board.close();
    server.close();
    server.closeAllConnections();
  }
}, 60_000);

test('an open page keeps no process alive', async () => {
  const program = ['scripts/run.mjs', 'test/integration/programs/watched-program.ts'];
  const { NODE_OPTIONS: _ours, ...env } = process.env;
  const child = spawn(process.execPath, program, { env });
  try {
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    const events = await fetch(`http://127.0.0.1:${String(port).trim()}/events`);
    const reader = events.body!.getReader();
    await reader.read();
    const [code] = (await once(child, 'exit', { signal: AbortSignal.timeout(10_000) })) as [number];
    expect(code).toBe(0);
    await reader.cancel().catch(() => {});
  } finally {
    child.kill('SIGKILL');
  }
});
