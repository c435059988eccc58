import { COMMANDS } from './commands.ts';
import type { Command, ExitCode } from './command.ts';
import { readCommandLine } from './command-line.ts';
import { helpOfCommand, helpOfProgram } from './help.ts';
import { nearest } from './nearest.ts';
import { painter } from './terminal/paint.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

/** Runs the program; gives its exit code: 0 fine, 1 a finding or a failure, 2 wrong usage. */
export async function runProgram(world: World): Promise<ExitCode> {
  let command: Command | undefined;
  try {
    const [first, ...rest] = world.args;
    if (first === '--version' || first === '-v') {
      world.print(`${await world.version()}\n`);
      return 0;
    }
    if (first === '--help' || first === '-h' || first === 'help') {
      const named = rest.find((word) => !word.startsWith('-'));
      printHelp(world, named === undefined ? undefined : commandOf(named));
      return 0;
    }
    command = commandOf(first);
    const line = readCommandLine(command, rest);
    if (line !== 'help') return await command.run(line, world, COMMANDS);
    printHelp(world, command);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof UsageError)) {
      world.complain(`holdfast: ${message}\n`);
      return 1;
    }
    const page = command === undefined ? 'holdfast --help' : `holdfast ${command.name} --help`;
    world.complain(`holdfast: ${message}\nSee ${page}.\n`);
    return 2;
  }
}

function commandOf(name: string | undefined): Command {
  const names = COMMANDS.map((command) => command.name);
  const all = `the commands are ${names.join(', ')}`;
  if (name === undefined) throw new UsageError(`which command? ${all}`);
  if (name.startsWith('-')) {
    throw new UsageError(`${name}: expected a command before any option; ${all}`);
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command !== undefined) return command;
  const near = nearest(name, names);
  const hint = near === undefined ? all : `did you mean ${near}?`;
  throw new UsageError(`there is no command "${name}"; ${hint}`);
}

function printHelp(world: World, command: Command | undefined): void {
  const { terminal } = world;
  const layout = { columns: terminal.columns, paint: painter(terminal.hasColours) };
  world.print(
    command === undefined ? helpOfProgram(COMMANDS, layout) : helpOfCommand(command, layout),
  );
}
