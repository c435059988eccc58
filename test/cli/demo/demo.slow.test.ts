import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { run } from '../run.ts';

test('the demo gets every answer through a wrapped fetch, and fewer without one, within 20 s', async () => {
  const startedAt = performance.now();
  const { code, printed, complained } = await run(['demo'], { terminal: { columns: 60 } });
  expect({ code, complained }).toEqual({ code: 0, complained: '' });
  expect(printed.replaceAll(/\s+/g, ' ')).toContain('holdfast: 4 of 4');
  expect(printed).toMatch(/plain fetch {2}503 Service Unavailable after/);
  expect(printed).toMatch(/429, again in 1(?:\.\d)? s:/);
  expect(printed.split('\n').filter((line) => line.length > 60)).toEqual([]);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
}, 25_000);

test('the process of the demo ends by itself, in plain lines where nobody watches', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['scripts/run.mjs', 'src/cli.ts', 'demo'],
    { encoding: 'utf8', timeout: 20_000, env: { ...process.env, FORCE_COLOR: '' } },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('holdfast');
  expect(stdout).not.toContain('\u001b');
}, 25_000);
