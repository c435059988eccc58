import { execFile } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** What a long body cost. */
export interface StreamCost {
  readonly direction: 'up' | 'down';
  /** Bytes that the other side says have come. */
  readonly arrived: number;
  readonly seconds: number;
  /** The most that the process had in memory beyond what it had at rest. */
  readonly extraMegabytes: number;
  readonly rssMegabytes: number;
  /** How far the sending side ran ahead of the reading side at most, while that one paused. */
  readonly mostAheadMegabytes: number;
}

/** Streams so many bytes to or from a stream server, in a process of its own, for a bounded time. */
export function runStream(
  url: string,
  direction: 'up' | 'down',
  bytes: number,
  { maxMs, through = 'wrapped' }: { maxMs: number; through?: 'wrapped' | 'bare' },
): Promise<StreamCost> {
  const { NODE_OPTIONS: _ours, ...env } = process.env;
  const program = join(ROOT, 'test', 'faults', 'programs', 'stream.ts');
  const argument = [url, direction, String(bytes), through];
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--expose-gc', join(ROOT, 'scripts', 'run.mjs'), program, ...argument],
      { cwd: ROOT, timeout: maxMs, killSignal: 'SIGKILL', env },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stderr}`));
        else resolve(JSON.parse(stdout) as StreamCost);
      },
    );
  });
}
