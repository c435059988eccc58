import type { Terminal } from './terminal/terminal.ts';

/** The world of the program. It is given, so that tests need no process. */
export interface World {
  /** The words after the program's name. */
  readonly args: readonly string[];
  /** Whether standard input is a terminal, where nobody has piped anything. */
  readonly inputIsTerminal: boolean;
  /** How standard output looks to its reader. */
  readonly terminal: Terminal;
  /** The content of a file, or of standard input for `-`. */
  read(path: string): Promise<Uint8Array>;
  /** The same, piece by piece, for what may be large. */
  stream(path: string): AsyncIterable<Uint8Array>;
  /** Writes a file, over one that is there. */
  write(path: string, text: string): Promise<void>;
  print(text: string): void;
  complain(text: string): void;
  /** Epoch milliseconds. */
  currentTime(): number;
  /** Resolves when a person wants it to end: Ctrl-C, or a signal. */
  untilInterrupted(): Promise<void>;
  /** The version of the package. */
  version(): Promise<string>;
}
