import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { resilientFetch } from 'holdfast';
import { dashboard, type DashboardSnapshot } from 'holdfast/dashboard';
import { repeat, scriptedFetch } from 'holdfast/testing';
import { MOUNTS, PLACE } from '../../adapters/dashboard/mounted-boards.ts';
import { useTestServers } from '../../adapters/server/test-servers.ts';
import { run } from '../run.ts';

const servers = useTestServers();

async function watchedProgram() {
  const wrapped = resilientFetch(scriptedFetch([repeat(200)]));
  const board = dashboard(
    { payments: wrapped },
    {
      title: 'shop',
      actions: { token: 'a token of this test' },
      authorize: ({ headers }) => headers.get('x-user') === 'ops',
    },
  );
  await wrapped('https://payments.example.com/charges');
  return servers.keep(MOUNTS['express']!(board));
}

const addressIn = (printed: string) => /http:\/\/localhost:\d+\//.exec(printed)?.[0] ?? '';
const snapshotAt = async (address: string) =>
  (await (await fetch(`${address}snapshot.json`)).json()) as DashboardSnapshot;

test('shows the dashboard of another process until it is interrupted, and changes nothing', async () => {
  const { url } = await watchedProgram();
  const args = ['dashboard', '--port', '0', '--url', url + PLACE, '--header', 'x-user: ops'];
  let seen: DashboardSnapshot | undefined;
  let action = 0;
  let page = '';
  const { code, printed } = await run(args, {
    async interrupted(soFar) {
      const address = addressIn(soFar);
      page = await (await fetch(address)).text();
      seen = await snapshotAt(address);
      const post = { method: 'POST', headers: { 'x-holdfast-token': 'a token of this test' } };
      action = (await fetch(`${address}actions?action=open&id=0`, post)).status;
    },
  });
  expect([code, action]).toEqual([0, 404]);
  expect(printed).toContain('Ctrl-C ends it.');
  expect(page).toContain('<title>');
  expect(seen).toMatchObject({ title: 'shop', actions: false, problem: null });
  expect(seen?.keys[0]).toMatchObject({ name: 'payments', lastMinute: { success: 1 } });
  await expect(fetch(addressIn(printed))).rejects.toThrow('fetch failed');
});

test('says what is wrong where the process does not answer as it should', async () => {
  const { url } = await watchedProgram();
  const problems: (string | null)[] = [];
  for (const address of [url + PLACE, 'http://127.0.0.1:2/']) {
    await run(['dashboard', '--port', '0', '--url', address], {
      async interrupted(soFar) {
        const { problem } = await snapshotAt(addressIn(soFar));
        problems.push(problem);
      },
    });
  }
  expect(problems[0]).toMatch(/^no snapshot from .*: it answers with 403$/);
  expect(problems[1]).toMatch(/^no snapshot from 127\.0\.0\.1:2: .*ECONNREFUSED/);
});

test('answers nobody who came by another name than that of this machine', async () => {
  const { url } = await watchedProgram();
  let status: number | undefined;
  await run(['dashboard', '--port', '0', '--url', url + PLACE], {
    interrupted: (soFar) =>
      new Promise((resolve) => {
        const headers = { host: 'evil.example.com' };
        get(`${addressIn(soFar)}snapshot.json`, { headers }, (response) => {
          status = response.statusCode;
          response.resume();
          resolve();
        });
      }),
  });
  expect(status).toBe(403);
});

test('names the option and the expectation where it cannot start', async () => {
  const nothing = await run(['dashboard']);
  expect([nothing.code, nothing.complained]).toEqual([
    2,
    expect.stringContaining('--url: expected where the dashboard is mounted'),
  ]);
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const args = ['dashboard', '--url', 'http://localhost:2/', '--port', String(port)];
  const taken = await run(args);
  expect([taken.code, taken.complained]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
  other.close();
});
