import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** Runs a program beside this file in a process of its own, for a bounded time; its output is JSON. */
export function runProgram<Output>(
  name: string,
  argument: readonly string[],
  { maxMs }: { readonly maxMs: number },
): Promise<Output> {
  // Where npm and Jest start both; a bundled program's own folder is elsewhere.
  const root = process.cwd();
  const program = join(root, 'test', 'faults', 'programs', `${name}.ts`);
  const { NODE_OPTIONS: _ours, ...env } = process.env;
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--expose-gc', join(root, 'scripts', 'run.mjs'), program, ...argument],
      { cwd: root, timeout: maxMs, killSignal: 'SIGKILL', env },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stderr}`));
        else resolve(JSON.parse(stdout) as Output);
      },
    );
  });
}
