import type { World } from './world.ts';

/** Reads the text of an option's value. */
export interface ValueReader<Value> {
  /** What is expected, as errors say it: `a whole number ≥ 0`. */
  readonly expected: string;
  /** The value; `undefined` for a text that is none. */
  read(text: string): Value | undefined;
  /** All texts that it takes, for completions, where there are few. */
  readonly choices?: readonly string[] | undefined;
}

/** An option that takes a value. */
export interface ValueOption<Value> {
  /** The placeholder of the value in the help: `<code>`. */
  readonly value: string;
  readonly reads: ValueReader<Value>;
  /** Given several times, it gives a list. */
  readonly isList?: boolean;
  /** Whether the shell may offer files. */
  readonly isFile?: boolean;
  readonly short?: string;
  /** One sentence, without a capital and a full stop. */
  readonly help: string;
}

/** An option that is there or is not. */
export interface FlagOption {
  readonly short?: string;
  readonly help: string;
}

// `never` would refuse every reader, and `unknown` the lists: the kind of value is each option's own.
// oxlint-disable-next-line typescript/no-explicit-any
export type Option = ValueOption<any> | FlagOption;
export type Options = Readonly<Record<string, Option>>;

/** The value that an option gives. */
export type ValueOf<One extends Option> =
  One extends ValueOption<infer Value>
    ? One extends { readonly isList: true }
      ? readonly Value[]
      : Value | undefined
    : boolean;

export type ValuesOf<All extends Options> = {
  readonly [Name in keyof All]: ValueOf<All[Name]>;
};

/** A command line that has been read. */
export interface CommandLine<All extends Options> {
  readonly values: ValuesOf<All>;
  /** The words that belong to no option. */
  readonly operands: readonly string[];
}

/** The operand that a command takes. */
export interface Operand {
  /** As the usage shows it: `[file]`. */
  readonly placeholder: string;
  /** What it is called in errors: `input`. */
  readonly noun: string;
  readonly isFile?: boolean;
  readonly choices?: readonly string[];
}

/** The exit code: 0 fine, 1 a finding or a failure, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;

/** Everything that is said of a command. */
export interface CommandText {
  readonly name: string;
  /** One line for the list of commands, without a capital and a full stop. */
  readonly summary: string;
  /** Paragraphs for the help of the command. */
  readonly about: readonly string[];
  readonly examples: readonly Example[];
  /** The meaning of the exit codes here. */
  readonly exits: Readonly<Record<0 | 1, string>>;
}

/** A command line that can be copied, and its purpose. */
export interface Example {
  readonly does: string;
  readonly line: string;
}

/** A command, whatever its options. */
export interface Command extends CommandText {
  readonly options: Options;
  readonly operand: Operand | undefined;
  run(line: CommandLine<Options>, world: World, commands: readonly Command[]): Promise<ExitCode>;
}

/** The description of a command, with the types of its options. */
export interface CommandDefinition<All extends Options> extends CommandText {
  readonly options: All;
  readonly operand?: Operand;
  /**
   * Does it; `commands` are all that the program has. Everything that is large is imported in here, so that no other command loads it.
   */
  run(line: CommandLine<All>, world: World, commands: readonly Command[]): Promise<ExitCode>;
}

/** Defines a command: its options are read as they are described, and handed to `run`. */
export function defineCommand<const All extends Options>(
  definition: CommandDefinition<All>,
): Command {
  return { operand: undefined, ...definition } as Command;
}

export const takesValue = (option: Option): option is ValueOption<unknown> => 'value' in option;
