import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'cli-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const environment = (extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { FORCE_COLOR: _force, NO_COLOR: _no, COLUMNS: _columns, ...rest } = process.env;
  return { ...rest, ...extra };
};

const start = (args: readonly string[], extra: NodeJS.ProcessEnv = {}) =>
  spawn(process.execPath, ['scripts/run.mjs', 'src/cli.ts', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment(extra),
  });

async function ended(program: ChildProcess, input = '') {
  program.stdin?.end(input);
  const [printed, complained, [code]] = await Promise.all([
    text(program.stdout!),
    text(program.stderr!),
    once(program, 'close') as Promise<[number]>,
  ]);
  return { printed, complained, code };
}

describe('the process', () => {
  test('--version is that of package.json', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await ended(start(['--version']))).toEqual({
      printed: `${version}\n`,
      complained: '',
      code: 0,
    });
  });

  test('ends quietly when its reader has left, as head does', async () => {
    const program = start(['explain', '--status', '503', '--max-retries', '100']);
    program.stdout.destroy();
    program.stdin.end();
    const [complained, [code]] = await Promise.all([text(program.stderr), once(program, 'close')]);
    expect({ complained, code }).toEqual({ complained: '', code: 0 });
  });

  test('explains what is piped into it, without colours', async () => {
    const { printed, code } = await ended(
      start(['explain']),
      'HTTP/1.1 429 \r\nretry-after: 2\r\n\r\n',
    );
    expect(code).toBe(0);
    expect(printed).toContain('429 Too Many Requests: slow down');
    expect(printed).not.toContain('\u001b');
  });

  test('doctor reads standard input, and exits with 1 for a finding', async () => {
    const line = JSON.stringify({
      url: 'https://api.stripe.com/v1/charges?key=hidden-value',
      method: 'POST',
      status: 502,
    });
    const { printed, complained, code } = await ended(start(['doctor']), `${line}\nnoise\n`);
    expect({ complained, code }).toEqual({ complained: '', code: 1 });
    expect(printed).toContain("idempotencyKey: 'auto'");
    expect(printed).not.toContain('hidden-value');
  });

  test('simulate writes the picture that is asked for', async () => {
    const svg = join(folder, 'out.svg');
    const short = ['--set', 'seconds=40', '--set', 'callsPerSecond=5', '--against', 'none'];
    const { printed, code } = await ended(start(['simulate', 'flaky', ...short, '--svg', svg]));
    expect(code).toBe(0);
    expect(printed).toContain('Flaky');
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg /);
  });

  test('completions prints a script', async () => {
    const { printed, code } = await ended(start(['completions', 'bash']));
    expect(code).toBe(0);
    expect(printed).toContain('complete -o filenames -F _holdfast holdfast');
  });

  test('says wrong usage on standard error and exits with 2', async () => {
    expect(await ended(start(['simulate', '--seed', 'x']))).toEqual({
      printed: '',
      complained:
        'holdfast: --seed: expected a whole number ≥ 0, got "x"\nSee holdfast simulate --help.\n',
      code: 2,
    });
  });

  test('has colours where FORCE_COLOR asks for them, and none with NO_COLOR', async () => {
    const forced = await ended(start(['--help'], { FORCE_COLOR: '1' }));
    expect(forced.printed).toContain('\u001b[1m');
    const refused = await ended(start(['--help'], { FORCE_COLOR: '1', NO_COLOR: '1' }));
    expect(refused.printed).not.toContain('\u001b');
  });
});
