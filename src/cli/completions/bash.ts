import type { Command } from '../command.ts';
import { offeredOptions } from './offered-options.ts';

/** For bash 3.2 and later, without the package bash-completion. */
export function bashScript(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  return `# bash completions of holdfast: source <(holdfast completions bash)
_holdfast() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local words='' files=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${[...names, 'help', '--help', '--version'].join(' ')}'
  else
    case "\${COMP_WORDS[1]}" in
      help) words='${names.join(' ')}' ;;
${commands.map(caseOf).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [ -n "$files" ]; then COMPREPLY+=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _holdfast holdfast
`;
}

function caseOf(command: Command): string {
  const options = offeredOptions(command);
  const { operand } = command;
  const values = options.flatMap(({ flag, short, takesValue, choices, isFile }) => {
    if (!takesValue) return [];
    const flags = [short, flag].filter(Boolean).join('|');
    return [`          ${flags}) words='${choices.join(' ')}'${isFile ? ' files=yes' : ''} ;;`];
  });
  const offered = [...options.map(({ flag }) => flag), ...(operand?.choices ?? [])].join(' ');
  const otherwise = `words='${offered}'${operand?.isFile === true ? ' files=yes' : ''}`;
  return [
    `      ${command.name})`,
    '        case "$before" in',
    ...values,
    `          *) ${otherwise} ;;`,
    '        esac',
    '        ;;',
  ].join('\n');
}
