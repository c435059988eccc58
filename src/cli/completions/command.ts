import { defineCommand } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { completionScript } from './completion-script.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const completionsCommand = defineCommand({
  name: 'completions',
  summary: 'a script by which bash, zsh or fish completes commands and options',
  operand: { placeholder: '<shell>', noun: 'shell', choices: SHELLS },
  about: [
    'It prints the script. The shell must find `holdfast` by that name: install the package globally, or give the path of the project to PATH.',
  ],
  examples: [
    { does: 'completions in this bash', line: 'source <(holdfast completions bash)' },
    {
      does: 'completions in every new zsh, from a folder of its fpath',
      line: 'holdfast completions zsh > ~/.zsh/completions/_holdfast',
    },
    {
      does: 'completions in every new fish',
      line: 'holdfast completions fish > ~/.config/fish/completions/holdfast.fish',
    },
  ],
  options: {},
  exits: { 0: 'printed', 1: 'it failed' },
  async run({ operands }, world, commands) {
    const shell = SHELLS.find((one) => one === operands[0]);
    if (shell === undefined) {
      const got = operands[0] === undefined ? 'nothing' : `"${operands[0]}"`;
      throw new UsageError(`shell: expected one of ${SHELLS.join(', ')}, got ${got}`);
    }
    world.print(completionScript(shell, commands));
    return 0;
  },
});
