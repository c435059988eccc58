import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './markdown.ts';

/** No example may take longer than this to end by itself. */
export const MAX_PROGRAM_MS = 20_000;

/** What running a program gave. */
export interface ProgramRun {
  /** The exit code, or the name of the signal that ended it (`SIGKILL`: it took too long). */
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a TypeScript program against the source, in a process of its own and for a bounded time. */
export async function runProgram(path: string): Promise<ProgramRun> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(ROOT, 'scripts', 'run.mjs'), path],
      { cwd: ROOT, timeout: MAX_PROGRAM_MS, killSignal: 'SIGKILL', env: plainEnvironment() },
      (_error, stdout, stderr) => {
        resolve({ exit: child.exitCode ?? child.signalCode ?? 'unknown', stdout, stderr });
      },
    );
    child.stdin?.end();
  });
}

/** The lines that a program says it prints: its comments `// → text`, in order. */
export function announcedLines(code: string): readonly string[] {
  return [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => (text ?? '').trim());
}

/** The lines that a program printed, without trailing blanks and empty lines. */
export function printedLines(stdout: string): readonly string[] {
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

// Without Jest's own variables, and without colours, which would be part of the lines compared.
function plainEnvironment(): NodeJS.ProcessEnv {
  const {
    NODE_OPTIONS: _options,
    JEST_WORKER_ID: _worker,
    FORCE_COLOR: _colour,
    ...rest
  } = process.env;
  return { ...rest, NODE_ENV: 'development', NO_COLOR: '1' };
}
