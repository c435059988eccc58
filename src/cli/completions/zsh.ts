import type { Command } from '../command.ts';
import { offeredOptions, type OfferedOption } from './offered-options.ts';

/** For zsh's own completion system. */
export function zshScript(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}`);
  return `#compdef holdfast
# zsh completions of holdfast: a file _holdfast in a folder of fpath, or source it.
_holdfast() {
  local state line
  local -a commands
  _arguments -C '1: :->command' '*:: :->rest' '--help[how it is used]' '--version[its version]'
  case $state in
    command)
      commands=(
${described.join('\n')}
      )
      _describe command commands
      ;;
    rest)
      case $line[1] in
        help) _values command ${commands.map(({ name }) => name).join(' ')} ;;
${commands.map(caseOf).join('\n')}
      esac
      ;;
  esac
}
if [ "$funcstack[1]" = _holdfast ]; then _holdfast "$@"; else compdef _holdfast holdfast; fi
`;
}

function caseOf(command: Command): string {
  const { operand } = command;
  const specs = offeredOptions(command).flatMap(specsOf);
  if (operand?.choices) specs.push(quoted(`1:${operand.noun}:(${operand.choices.join(' ')})`));
  if (operand?.isFile === true) specs.push(quoted(`1:${operand.noun}:_files`));
  return [
    `        ${command.name})`,
    `          _arguments ${specs.join(' \\\n            ')}`,
    '          ;;',
  ].join('\n');
}

function specsOf(option: OfferedOption): readonly string[] {
  const { flag, short, help, takesValue, isList, choices, isFile } = option;
  const text = help.replaceAll(/[[\]]/g, '').replaceAll(':', '\\:');
  const values = choices.length > 0 ? `(${choices.join(' ')})` : isFile ? '_files' : '';
  const value = takesValue ? `:value:${values}` : '';
  return [flag, ...(short === undefined ? [] : [short])].map((name) =>
    quoted(`${isList ? '*' : ''}${name}[${text}]${value}`),
  );
}

/** In single quotes for the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
