import type { World } from 'holdfast/simulator';

/** A handle as Node's `setTimeout` gives it. */
interface Handle {
  cancel(): void;
  ref(): Handle;
  unref(): Handle;
  hasRef(): boolean;
}

/** Longer waits fire at once on a real machine; nobody here asks for one. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Runs something with the global timers, `Date.now`, `performance.now` and `Math.random` of a world,
 * for packages that take no clock. Only for programs that do nothing else meanwhile.
 */
export async function withVirtualGlobals<T>(world: World, run: () => Promise<T>): Promise<T> {
  const { clock } = world;

  function handleOf(cancel: () => void): Handle {
    const handle: Handle = {
      cancel,
      ref: () => handle,
      unref: () => handle,
      hasRef: () => true,
    };
    return handle;
  }

  function setTimeout(
    wake: (...given: unknown[]) => void,
    delayMs = 0,
    ...given: unknown[]
  ): Handle {
    // A timer of Node takes a millisecond at least.
    const timer = clock.setTimer(() => wake(...given), boundedDelay(delayMs));
    return handleOf(() => timer.cancel());
  }

  function setInterval(wake: () => void, delayMs = 0): Handle {
    let timer = clock.setTimer(ring, boundedDelay(delayMs));
    function ring(): void {
      timer = clock.setTimer(ring, boundedDelay(delayMs));
      wake();
    }
    return handleOf(() => timer.cancel());
  }

  const clear = (handle: Handle | undefined): void => handle?.cancel();
  const replaced = [
    [globalThis, { setTimeout, setInterval, clearTimeout: clear, clearInterval: clear }],
    [Date, { now: () => clock.epochNow() }],
    [performance, { now: () => clock.now() }],
    [Math, { random: world.randomOf('Math.random') }],
  ] as const;
  const restored = replaced.map(([owner, members]) =>
    Object.keys(members).map(
      (name) => [owner, name, Object.getOwnPropertyDescriptor(owner, name)] as const,
    ),
  );
  for (const [owner, members] of replaced) {
    for (const [name, value] of Object.entries(members)) {
      Object.defineProperty(owner, name, { value, configurable: true, writable: true });
    }
  }
  try {
    return await run();
  } finally {
    for (const [owner, name, descriptor] of restored.flat()) {
      if (descriptor === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, descriptor);
    }
  }
}

const boundedDelay = (delayMs: number): number =>
  delayMs >= 1 && delayMs <= MAX_DELAY_MS ? delayMs : 1;
