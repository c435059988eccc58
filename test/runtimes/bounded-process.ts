import { spawn } from 'node:child_process';

export interface Ended {
  readonly output: string;
  readonly errors: string;
  readonly code: number | null;
  /** From the last output to the end, in milliseconds. */
  readonly lingeredMs: number;
}

/**
 * Runs a program until it ends by itself, for at most so long; what is left of it and of all that
 * it has started is killed. Windows knows no process groups: there the program alone is killed.
 *
 * @throws where it takes too long, or cannot be started.
 */
export async function runBounded(
  command: string,
  args: readonly string[],
  limitMs: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const isGrouped = process.platform !== 'win32';
  const child = spawn(command, args, {
    detached: isGrouped,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  const killAll = () => {
    try {
      if (isGrouped && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
    } catch {
      // All of them have ended.
    }
  };
  process.once('exit', killAll);
  let output = '';
  let errors = '';
  let lastOutputAt = performance.now();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    lastOutputAt = performance.now();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killAll();
  }, limitMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const lingeredMs = performance.now() - lastOutputAt;
    if (isLate) throw new Error(`not ended after ${limitMs} ms: ${output.slice(-500)}${errors}`);
    return { output, errors, code, lingeredMs };
  } finally {
    clearTimeout(timer);
    killAll();
    process.off('exit', killAll);
  }
}
