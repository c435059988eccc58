import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pause } from '../../integration/plain-server.ts';

const MEGABYTE = 1024 * 1024;

/** What this process uses, and what it should have let go of. */
export function measures() {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const unhandled: string[] = [];
  const warnings: string[] = [];
  let peakRss = 0;
  process.on('unhandledRejection', (reason) => void unhandled.push(String(reason)));
  process.on('warning', ({ name, message }) => void warnings.push(`${name}: ${message}`));
  const sampling = setInterval(() => {
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
  }, 500);

  return {
    unhandled,
    warnings,
    /** The longest that the event loop has been late so far. */
    lagMs: () => Math.max(0, delay.max / 1e6),
    peakRssMegabytes: () => Math.max(peakRss, process.memoryUsage.rss()) / MEGABYTE,
    rssMegabytes: () => process.memoryUsage.rss() / MEGABYTE,
    heapMegabytes: () => process.memoryUsage().heapUsed / MEGABYTE,
    timers: () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    /** What is still used after everything that can be collected has been. */
    async heapAtRestMegabytes(): Promise<number> {
      let least = Infinity;
      for (let round = 0; round < 5; round += 1) {
        globalThis.gc?.();
        await pause(50);
        least = Math.min(least, process.memoryUsage().heapUsed);
      }
      return least / MEGABYTE;
    },
    stop() {
      clearInterval(sampling);
      delay.disable();
    },
  };
}
