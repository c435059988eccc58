import type { Command } from '../command.ts';
import { offeredOptions, type OfferedOption } from './offered-options.ts';

/** For fish 3 and later. */
export function fishScript(commands: readonly Command[]): string {
  const lines = [
    '# fish completions of holdfast: ~/.config/fish/completions/holdfast.fish',
    'complete -c holdfast -f',
    "complete -c holdfast -n __fish_use_subcommand -l help -d 'how it is used'",
    "complete -c holdfast -n __fish_use_subcommand -l version -d 'its version'",
    ...commands.flatMap(linesOf),
  ];
  return `${lines.join('\n')}\n`;
}

function linesOf(command: Command): readonly string[] {
  const { name, summary, operand } = command;
  const within = `complete -c holdfast -n '__fish_seen_subcommand_from ${name}'`;
  return [
    `complete -c holdfast -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...offeredOptions(command).map((option) => `${within} ${optionOf(option)}`),
    ...(operand?.choices ? [`${within} -a ${quoted(operand.choices.join(' '))}`] : []),
    ...(operand?.isFile === true ? [`${within} -F`] : []),
  ];
}

function optionOf({ flag, short, help, takesValue, choices, isFile }: OfferedOption): string {
  const parts = [`-l ${flag.slice(2)}`];
  if (short !== undefined) parts.push(`-s ${short.slice(1)}`);
  if (takesValue) parts.push(isFile ? '-r -F' : '-x');
  if (choices.length > 0) parts.push(`-a ${quoted(choices.join(' '))}`);
  return [...parts, `-d ${quoted(help)}`].join(' ');
}

/** In single quotes for fish, where a backslash escapes too. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
