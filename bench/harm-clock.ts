/** The timers of the platform, whatever {@link hurry} does to them later. */
export const platform = {
  setTimeout: globalThis.setTimeout,
  epochNow: Date.now.bind(Date),
} as const;

/** The time that all processes of one scenario share. */
export interface Hurry {
  /** When it was the same time for them as for the machine, in milliseconds since 1970. */
  readonly sameAt: number;
  /** How many seconds pass for the processes in one second of the machine. */
  readonly speed: number;
}

/** What the clock of a hurried process shows at a moment of the machine's. */
export const hurriedAt = ({ sameAt, speed }: Hurry, epochMs: number): number =>
  sameAt + (epochMs - sameAt) * speed;

/**
 * Lets time pass `speed` times as fast for this whole process: every timer, date and stopwatch, so
 * for all libraries alike.
 */
export function hurry(time: Hurry): void {
  const { speed } = time;
  const now = performance.now.bind(performance);
  const startedAt = now();
  const { setTimeout: set, epochNow } = platform;
  const setInterval = globalThis.setInterval;
  // Whole milliseconds, rounded up: Node cuts off fractions, so a timer would fire early.
  const shorten = (delayMs: number | undefined) => Math.ceil((delayMs ?? 0) / speed);
  Object.assign(globalThis, {
    setTimeout: (wake: (...given: unknown[]) => void, delayMs?: number, ...given: unknown[]) =>
      set(wake, shorten(delayMs), ...given),
    setInterval: (wake: (...given: unknown[]) => void, delayMs?: number, ...given: unknown[]) =>
      setInterval(wake, shorten(delayMs), ...given),
  });
  performance.now = () => startedAt + (now() - startedAt) * speed;
  Date.now = () => hurriedAt(time, epochNow());
}

/** Sends what the parent has to know first; resolves with when the load begins, as it answers. */
export function tellAndAwaitBegin(message: unknown): Promise<number> {
  return new Promise((resolve) => {
    process.once('message', (beginsAt) => resolve(beginsAt as number));
    process.send?.(message);
  });
}
