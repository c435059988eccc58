import { parseCommand } from './arguments.ts';
import { explainFailure } from './explain.ts';
import { explanationText } from './explanation-text.ts';
import { HELP, UsageError } from './usage.ts';

/** The world of the program. It is given, so that tests need no process. */
export interface World {
  readonly args: readonly string[];
  /** Whether standard input is a terminal, where nobody has piped anything. */
  readonly inputIsTerminal: boolean;
  readFile(path: string): Promise<Uint8Array>;
  readInput(): Promise<Uint8Array>;
  print(text: string): void;
  complain(text: string): void;
  currentTime(): number;
  /** The version of the package. */
  version(): Promise<string>;
}

/** Runs the program; gives its exit code: 0 explained, 1 unreadable input, 2 wrong usage. */
export async function runProgram(world: World): Promise<0 | 1 | 2> {
  try {
    const command = parseCommand(world.args);
    if (command.kind === 'help') {
      world.print(HELP);
      return 0;
    }
    if (command.kind === 'version') {
      world.print(`${await world.version()}\n`);
      return 0;
    }
    const path = command.input ?? (isPiped(world, command.status) ? '-' : undefined);
    const explanation = await explainFailure(command, {
      input: path === undefined ? undefined : await readPath(world, path),
      body: command.body === undefined ? undefined : await readBody(world, command.body),
      currentTime: world.currentTime(),
    });
    world.print(
      command.output === 'json'
        ? `${JSON.stringify(explanation, presentAsNull, 2)}\n`
        : explanationText(explanation),
    );
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      world.complain(`holdfast: ${error.message}\nSee holdfast --help.\n`);
      return 2;
    }
    world.complain(`holdfast: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

// A program that reads the JSON finds every member, whatever came out.
const presentAsNull = (_name: string, value: unknown) => (value === undefined ? null : value);

// With a status given, standard input is read only if asked for: in a script it may never end.
function isPiped({ inputIsTerminal }: World, status: number | undefined): boolean {
  return !inputIsTerminal && status === undefined;
}

async function readPath(world: World, path: string): Promise<Uint8Array> {
  return path === '-' ? world.readInput() : world.readFile(path);
}

async function readBody(world: World, body: string): Promise<Uint8Array> {
  return body.startsWith('@') ? readPath(world, body.slice(1)) : new TextEncoder().encode(body);
}
