import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, jest, test } from '@jest/globals';
import type { DashboardSnapshot } from 'holdfast/dashboard';
import { ONDEMAND_ERRORS } from 'holdfast/testing';

const ESCAPE = '\u001B';
const LIMIT_MS = 60_000;
jest.setTimeout(LIMIT_MS + 10_000);

interface Run {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs the main job as `npm start` does, its output going into a pipe. */
function start(...args: readonly string[]): Promise<Run> {
  return startIn({}, ...args);
}

function startIn(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const program = ['scripts/run.mjs', 'examples/main-job/main.ts', ...args];
    const options = {
      timeout: LIMIT_MS,
      env: { ...process.env, NODE_OPTIONS: '', COLUMNS: '', ...env },
    };
    const child = execFile(process.execPath, program, options, (_error, output, errors) => {
      resolve({ exitCode: child.exitCode ?? -1, output, errors });
    });
  });
}

describe('npm start', () => {
  test('shows every documented code and is as documented, in plain lines where nobody watches', async () => {
    const { exitCode, output, errors } = await start();
    const table = output.slice(output.lastIndexOf('holdfast did'));
    const wrong = output.split('\n').filter((line) => /[✗≠]/.test(line));
    expect(wrong).toEqual([]);
    expect([exitCode, errors]).toEqual([0, '']);
    expect(output).not.toContain(ESCAPE);
    for (const [errorCode, { status }] of Object.entries(ONDEMAND_ERRORS)) {
      expect(table).toContain(`✓ ${status} `);
      expect(output).toContain(`] ${status} ${errorCode}\n`);
    }
    expect(table).toContain('✓ The server restarts');
    // Titles are wrapped in the table.
    for (const title of [
      'A query at once, and one as a stream, fail first',
      'A stream falls silent',
      'The tokens of a minute are used up',
    ]) {
      expect(output).toContain(`] ${title}`);
      expect(table).toContain(`✓ ${title.slice(0, 12)}`);
    }
    for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('says in one line what OnDemand is, and what plain fetch got', async () => {
    const { output } = await startIn({ COLUMNS: '160' }, '--only', '502');
    expect(output).toMatch(/^OnDemand is an AI platform whose HTTP API .*\.$/m);
    expect(output).toMatch(/fetch +alone: 1 request; its caller got 502 bad_gateway/);
  });

  test('keeps to the width that COLUMNS says', async () => {
    for (const columns of [60, 80, 160]) {
      const { output } = await startIn({ COLUMNS: String(columns) }, '--only', '502');
      const longest = Math.max(...output.split('\n').map((line) => line.length));
      expect(longest).toBe(columns);
    }
  });

  test('plays on the dashboard until Ctrl-C', async () => {
    const program = ['scripts/run.mjs', 'examples/main-job/main.ts', '--web', '--only', 'server'];
    const child = spawn(process.execPath, program, { env: { ...process.env, NODE_OPTIONS: '' } });
    try {
      let printed = '';
      for await (const chunk of child.stdout) {
        printed += String(chunk);
        if (printed.includes('until Ctrl-C')) break;
      }
      const address = /http:\/\/localhost:\d+\//.exec(printed)?.[0] ?? '';
      expect(await (await fetch(address)).text()).toContain('<title>holdfast');
      const read = async () =>
        (await (await fetch(`${address}snapshot.json`)).json()) as DashboardSnapshot;
      let names: readonly string[] = [];
      while (!names.includes('500 server_error')) {
        names = (await read()).keys.map(({ name }) => name);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      child.kill('SIGINT');
      const [code] = (await once(child, 'exit')) as [number | null];
      expect(code).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('says what it does not understand', async () => {
    const unknown = await start('--fast');
    expect(unknown.exitCode).toBe(2);
    expect(unknown.output).toMatch(/^--fast is not understood/);
    const nothing = await start('--only', 'no such row');
    expect(nothing.exitCode).toBe(2);
    expect(nothing.errors).toContain('no such row');
  });
});
