import { COMMON_OPTIONS } from '../command-line.ts';
import { takesValue, type Command, type Options } from '../command.ts';

/** An option as shells offer it. */
export interface OfferedOption {
  /** With its dashes: `--status`. */
  readonly flag: string;
  /** With its dash: `-s`. */
  readonly short: string | undefined;
  readonly help: string;
  readonly takesValue: boolean;
  readonly isList: boolean;
  /** The values that may follow: these words, files, or nothing that could be offered. */
  readonly choices: readonly string[];
  readonly isFile: boolean;
}

/** The options of a command, the common ones last. */
export function offeredOptions({ options }: Command): readonly OfferedOption[] {
  const all: Options = { ...options, ...COMMON_OPTIONS };
  return Object.entries(all).map(([name, option]) => ({
    flag: `--${name}`,
    short: option.short === undefined ? undefined : `-${option.short}`,
    help: option.help,
    takesValue: takesValue(option),
    isList: takesValue(option) && option.isList === true,
    choices: takesValue(option) ? (option.reads.choices ?? []) : [],
    isFile: takesValue(option) && option.isFile === true,
  }));
}
