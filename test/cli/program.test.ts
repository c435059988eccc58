import { describe, expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from './run.ts';

test.each([['--version'], ['-v']])(
  'holdfast %s prints the version of the package',
  async (flag) => {
    expect(await run([flag])).toMatchObject({ code: 0, printed: '1.2.3\n', complained: '' });
  },
);

describe('help', () => {
  test.each([[['--help']], [['-h']], [['help']]])(
    '%j shows every command with an example, on standard output',
    async (args) => {
      const { code, printed, complained } = await run(args);
      expect({ code, complained }).toEqual({ code: 0, complained: '' });
      for (const { name, summary } of COMMANDS) {
        expect(printed).toContain(`  ${name} `);
        expect(printed.replaceAll(/\s+/g, ' ')).toContain(summary);
        expect(printed).toMatch(new RegExp(`^  [^#]*holdfast ${name}`, 'm'));
      }
      expect(printed).toContain('Exit codes');
    },
  );

  test.each(COMMANDS.map(({ name }) => name))(
    'holdfast %s --help shows usage, examples, options and exit codes',
    async (name) => {
      const { code, printed, complained } = await run([name, '--help']);
      expect({ code, complained }).toEqual({ code: 0, complained: '' });
      expect(printed).toContain(`\n  holdfast ${name} [options]`);
      for (const title of ['Examples', 'Options', 'Exit codes']) expect(printed).toContain(title);
      const { options } = COMMANDS.find((command) => command.name === name)!;
      for (const option of Object.keys(options)) expect(printed).toContain(`--${option}`);
      expect(await run(['help', name])).toMatchObject({ printed });
      expect(await run([name, '-h'])).toMatchObject({ printed });
    },
  );

  test.each([40, 60, 80, 120])('fits into %d columns, but for what is copied', async (columns) => {
    for (const args of [['--help'], ...COMMANDS.map(({ name }) => [name, '--help'])]) {
      const { printed } = await run(args, { terminal: { columns } });
      const long = printed
        .split('\n')
        .filter((line) => line.length > columns && !/holdfast (?!-|<)|^ +#|'<|--/.test(line));
      expect(long).toEqual([]);
    }
  });

  test('is coloured only where there are colours', async () => {
    expect((await run(['--help'])).printed).not.toContain('\u001b');
    const { printed } = await run(['--help'], { terminal: { hasColours: true } });
    expect(printed).toContain('\u001b[1mCommands\u001b[22m');
  });
});

describe('a wrong command line', () => {
  test.each([
    [[], 'which command? the commands are demo, explain'],
    [['explane'], 'there is no command "explane"; did you mean explain?'],
    [['exp'], 'there is no command "exp"; did you mean explain?'],
    [['frobnicate'], 'there is no command "frobnicate"; the commands are demo'],
    [['--status', '503'], '--status: expected a command before any option'],
    [['help', 'explian'], 'there is no command "explian"; did you mean explain?'],
    [['explain', '--verbose'], '--verbose: unknown option of explain'],
    [['explain', '--statsu', '503'], '--statsu: unknown option of explain; did you mean --status?'],
    [['explain', '-z'], '-z: unknown option of explain'],
    [['explain', '--status'], '--status: expected three digits, 100 to 999, got nothing'],
    [['explain', '--status', '--json'], '--status: expected three digits, 100 to 999, got nothing'],
    [['explain', '--json=yes', '--status', '400'], '--json: expected no value, got "yes"'],
    [['completions'], 'shell: expected one of bash, zsh, fish, got nothing'],
    [['completions', 'csh'], 'shell: expected one of bash, zsh, fish, got "csh"'],
  ])('%j exits with 2 and names what is wrong', async (args, message) => {
    const { code, printed, complained } = await run(args);
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(complained).toContain(`holdfast: ${message}`);
    expect(complained).toMatch(/^See holdfast .*--help\.$/m);
    expect(complained).not.toContain('    at ');
  });
});
