import { runProgram } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal/terminal.ts';
import type { World } from '../../src/cli/world.ts';

/** The moment at which the program runs in the tests: the beginning of 2026 in UTC. */
export const NOW = Date.UTC(2026, 0, 1);

/** What a run of the program gave. */
export interface Ran {
  readonly code: number;
  readonly printed: string;
  readonly complained: string;
  /** The files that it wrote. */
  readonly written: Readonly<Record<string, string>>;
}

/** The surroundings of a run. */
export interface Surroundings {
  /** What is piped into it; a terminal where left out. */
  readonly input?: string | Uint8Array;
  readonly files?: Readonly<Record<string, string>>;
  readonly terminal?: Partial<Terminal>;
  /** What happens until somebody interrupts it; it is handed what has been printed. */
  readonly interrupted?: (printed: string) => Promise<void>;
}

/** Runs the program without a process. */
export async function run(
  args: readonly string[],
  { input, files = {}, terminal, interrupted }: Surroundings = {},
): Promise<Ran> {
  let printed = '';
  let complained = '';
  const written: Record<string, string> = {};
  const contentOf = (path: string): Uint8Array => {
    const content = path === '-' ? (input ?? '') : files[path];
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
    return typeof content === 'string' ? Buffer.from(content) : content;
  };
  const world: World = {
    args,
    inputIsTerminal: input === undefined,
    terminal: { columns: 80, hasColours: false, isInteractive: false, ...terminal },
    read: async (path) => contentOf(path),
    async *stream(path) {
      const content = contentOf(path);
      // Small pieces, so that lines and characters are cut in two.
      for (let at = 0; at < content.length; at += 997) yield content.subarray(at, at + 997);
    },
    write: async (path, text) => void (written[path] = text),
    print: (text) => void (printed += text),
    complain: (text) => void (complained += text),
    currentTime: () => NOW,
    untilInterrupted: async () => interrupted?.(printed),
    version: async () => '1.2.3',
  };
  const code = await runProgram(world);
  return { code, printed, complained, written };
}

/** The same, with the JSON that it printed. */
export async function runForJson(
  args: readonly string[],
  surroundings?: Surroundings,
): Promise<unknown> {
  const { complained, printed } = await run([...args, '--json'], surroundings);
  if (complained !== '') throw new Error(complained);
  return JSON.parse(printed);
}
