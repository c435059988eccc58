import { parseArgs } from 'node:util';
import {
  takesValue,
  type Command,
  type CommandLine,
  type Option,
  type Options,
} from './command.ts';
import { nearest } from './nearest.ts';
import { UsageError } from './usage-error.ts';

type Token = NonNullable<ReturnType<typeof tokensOf>>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

/** Options that every command has. */
export const COMMON_OPTIONS = {
  help: { short: 'h', help: 'print this' },
} as const satisfies Options;

/** A command line, or the wish for help. */
export type ReadLine = CommandLine<Options> | 'help';

/**
 * Reads the words after the name of a command.
 *
 * @throws {@link UsageError} for anything that the command does not know or cannot use; it names the
 * option, the expectation, and what came
 */
export function readCommandLine(command: Command, words: readonly string[]): ReadLine {
  const options: Options = { ...command.options, ...COMMON_OPTIONS };
  const tokens = tokensOf(options, words);
  if (tokens.some((token) => token.kind === 'option' && token.name === 'help')) return 'help';
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(command.options).map(([name, option]) => [name, absent(option)]),
  );
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(command, options, token);
    const value = valueOf(option, token, options);
    if (!isList(option)) values[token.name] = value;
    else (values[token.name] as unknown[]).push(value);
  }
  checkOperands(command, operands);
  return { values, operands };
}

/** The words as options and operands, nothing judged yet. */
function tokensOf(options: Options, words: readonly string[]) {
  const known = Object.entries(options).map(([name, option]) => [
    name,
    {
      type: takesValue(option) ? ('string' as const) : ('boolean' as const),
      ...(option.short === undefined ? {} : { short: option.short }),
    },
  ]);
  return parseArgs({
    args: [...words],
    options: Object.fromEntries(known) as Record<string, { type: 'string' | 'boolean' }>,
    allowPositionals: true,
    strict: false,
    tokens: true,
  }).tokens;
}

const isList = (option: Option): boolean => takesValue(option) && option.isList === true;

function absent(option: Option): unknown {
  if (!takesValue(option)) return false;
  return isList(option) ? [] : undefined;
}

function valueOf(option: Option, token: OptionToken, options: Options): unknown {
  const flag = `--${token.name}`;
  const { value, inlineValue } = token;
  if (!takesValue(option)) {
    if (value === undefined) return true;
    throw new UsageError(`${flag}: expected no value, got "${value}"`);
  }
  const { reads } = option;
  const { expected } = reads;
  if (value === undefined || (!inlineValue && isOption(value, options))) {
    throw new UsageError(`${flag}: expected ${expected}, got nothing`);
  }
  const result = reads.read(value);
  if (result === undefined) throw new UsageError(`${flag}: expected ${expected}, got "${value}"`);
  return result;
}

/** Whether a word is an option of the command, so that it is no value: `--status --json`. */
function isOption(word: string, options: Options): boolean {
  const [name = ''] = word.replace(/^--?/, '').split('=');
  if (word.startsWith('--')) return Object.hasOwn(options, name);
  return word.startsWith('-') && Object.values(options).some(({ short }) => short === name);
}

function unknownOption(command: Command, options: Options, token: OptionToken): UsageError {
  const known = nearest(token.name, Object.keys(options));
  const hint = known === undefined ? '' : `; did you mean --${known}?`;
  return new UsageError(`${token.rawName}: unknown option of ${command.name}${hint}`);
}

function checkOperands({ name, operand }: Command, operands: readonly string[]): void {
  const [first] = operands;
  if (operand === undefined && first !== undefined) {
    throw new UsageError(`${name} takes options only, got "${first}"`);
  }
  if (operand !== undefined && operands.length > 1) {
    throw new UsageError(`${name} takes one ${operand.noun} at most, got ${operands.length}`);
  }
}
