import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { takesValue } from '../../../src/cli/command.ts';
import { run } from '../run.ts';

const folder = mkdtempSync(join(tmpdir(), 'completions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

async function scriptFile(shell: string): Promise<string> {
  const { code, printed } = await run(['completions', shell]);
  expect(code).toBe(0);
  const file = join(folder, `holdfast.${shell}`);
  writeFileSync(file, printed);
  return file;
}

describe.each(['bash', 'zsh', 'fish'])('the script for %s', (shell) => {
  test('names every command, option and choice', async () => {
    const { printed } = await run(['completions', shell]);
    for (const { name, options, operand } of COMMANDS) {
      expect(printed).toContain(name);
      for (const [option, spec] of Object.entries(options)) {
        expect(printed).toContain(shell === 'fish' ? `-l ${option}` : `--${option}`);
        const choices = takesValue(spec) ? (spec.reads.choices ?? []) : [];
        expect(choices.filter((choice) => !printed.includes(choice))).toEqual([]);
      }
      for (const choice of operand?.choices ?? []) expect(printed).toContain(choice);
    }
  });

  test('is one that the shell can read, where it is installed', async () => {
    const file = await scriptFile(shell);
    if (!has(shell)) return;
    const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('bash', () => {
  /** What bash offers for these words, of which the last one is being typed. */
  async function offered(...words: readonly string[]): Promise<readonly string[]> {
    const file = await scriptFile('bash');
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const program = `source '${file}'; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', program], {
      encoding: 'utf8',
      cwd: folder,
    });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  }
  test('completes commands, options, choices and files, where it is installed', async () => {
    if (!has('bash')) return;
    expect(await offered('holdfast', '')).toEqual(
      expect.arrayContaining([...COMMANDS.map(({ name }) => name), '--version']),
    );
    expect(await offered('holdfast', 'expl')).toEqual(['explain']);
    expect(await offered('holdfast', 'explain', '--max')).toEqual(['--max-retries']);
    expect(await offered('holdfast', 'simulate', 'her')).toEqual(['herd']);
    expect(await offered('holdfast', 'simulate', '--against', 'no')).toEqual([
      'no-retries',
      'none',
    ]);
    expect(await offered('holdfast', 'doctor', 'holdfast.b')).toEqual(['holdfast.bash']);
    expect(await offered('holdfast', 'explain', '--status', '')).toEqual([]);
  });
});
