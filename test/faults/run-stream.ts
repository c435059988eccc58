import { runProgram } from './run-program.ts';

/** `'events'` comes down as server-sent events, and is read as such. */
export type Direction = 'up' | 'down' | 'events';

/** What a long body cost. */
export interface StreamCost {
  readonly direction: Direction;
  /** Bytes that the other side says have come. */
  readonly arrived: number;
  readonly seconds: number;
  /** Time of the processor, of this process alone. */
  readonly cpuSeconds: number;
  /** The most that the process had in memory beyond what it had at rest. */
  readonly extraMegabytes: number;
  readonly rssMegabytes: number;
  /** How far the sending side ran ahead of the reading side at most, while that one paused. */
  readonly mostAheadMegabytes: number;
}

/** Streams so many bytes to or from a stream server, in a process of its own, for a bounded time. */
export function runStream(
  url: string,
  direction: Direction,
  bytes: number,
  { maxMs, through = 'wrapped' }: { maxMs: number; through?: 'wrapped' | 'bare' },
): Promise<StreamCost> {
  return runProgram('stream', [url, direction, String(bytes), through], { maxMs });
}
