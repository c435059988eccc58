import { OK, logNormal, type Reply, type Server, type World } from 'holdfast/simulator';

/** How many requests a server works on at once, from which moment on. */
export type WorkerSteps = readonly (readonly [fromMs: number, workers: number])[];

/** The typical time of a request, in milliseconds, and how much it varies. */
const TYPICAL_MS = 100;
const SIGMA = 0.3;
/** The mean of that distribution. */
export const MEAN_MS = TYPICAL_MS * Math.exp((SIGMA * SIGMA) / 2);

/**
 * A server with a number of workers, each with one request at a time; the others wait there, first
 * come, first served. It cancels nothing. A worker too many finishes what it does.
 */
export function workerServer(
  world: World,
  steps: WorkerSteps,
  slowdown: (nowMs: number) => number = () => 1,
): Server {
  const random = world.randomOf('work');
  const takes = logNormal(TYPICAL_MS, SIGMA);
  const waiting: Reply[] = [];
  let served = 0;
  let busy = 0;
  let workers = 0;
  const serve = (): void => {
    while (busy < workers && served < waiting.length) {
      const reply = waiting[served] as Reply;
      served += 1;
      busy += 1;
      world.after(takes(random, world.now) * slowdown(world.now), () => {
        busy -= 1;
        serve();
        reply(OK);
      });
    }
  };
  for (const [fromMs, count] of steps) {
    world.at(fromMs, () => {
      workers = count;
      serve();
    });
  }
  return (_request, reply) => {
    waiting.push(reply);
    serve();
  };
}
