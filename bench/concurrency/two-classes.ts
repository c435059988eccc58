import type { Priority } from 'holdfast';
import {
  closedLoad,
  isAnswered,
  percentile,
  poissonLoad,
  simulatedWorld,
  startFleet,
  type CallRecord,
  type Client,
  type ClientParts,
  type Server,
  type World,
} from 'holdfast/simulator';
import type { Limiter } from './limiters.ts';

/** A server under more work than it can do, from calls that matter and calls that can wait. */
export interface TwoClasses {
  readonly server: (world: World) => Server;
  /** How long a request, and its answer, is on the way, in milliseconds. */
  readonly networkMs: number;
  readonly untilMs: number;
  /** Critical calls a second, by chance; well below what the server can do at its worst. */
  readonly criticalPerSecond: number;
  /** Callers with one batch call after another. */
  readonly batchCallers: number;
  readonly processes: number;
}

/** All that happened in a run. */
export interface TwoClassesRun {
  readonly critical: readonly CallRecord[];
  readonly batch: readonly CallRecord[];
  /** When each request was sent and when its answer came, in order of the latter. */
  readonly requests: readonly Request[];
}

interface Request {
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Runs one limiter in one world. */
export async function runTwoClasses(
  {
    server: makeServer,
    networkMs,
    untilMs,
    criticalPerSecond,
    batchCallers,
    processes,
  }: TwoClasses,
  { makeProcess }: Limiter,
  seed: number,
): Promise<TwoClassesRun> {
  const world = simulatedWorld({ seed });
  const server = makeServer(world);
  const requests: Request[] = [];
  const made = new Map<number, (priority: Priority) => Client>();
  const makeClient = (priority: Priority) => (parts: ClientParts) => {
    const timed = async (...given: Parameters<ClientParts['fetch']>) => {
      const sentAt = world.now;
      const response = await parts.fetch(...given);
      requests.push({ sentAt, answeredAt: world.now });
      return response;
    };
    let process = made.get(parts.index);
    if (process === undefined) {
      process = makeProcess({ ...parts, fetch: timed });
      made.set(parts.index, process);
    }
    return process(priority);
  };
  const common = { clients: processes, server, networkMs };
  const batch = startFleet(world, {
    ...common,
    makeClient: makeClient('batch'),
    load: closedLoad(world, { callers: batchCallers }),
  });
  const critical = startFleet(world, {
    ...common,
    makeClient: makeClient('critical'),
    load: poissonLoad(world, { ratePerSecond: criticalPerSecond, untilMs: untilMs - 5_000 }),
  });
  await world.run(untilMs);
  return { critical: critical.calls, batch: batch.calls, requests };
}

/** The 99th percentile of how long requests took, in milliseconds. */
export function requestP99({ requests }: TwoClassesRun, fromMs = 0): number {
  const times = requests
    .filter(({ sentAt }) => sentAt >= fromMs)
    .map(({ sentAt, answeredAt }) => answeredAt - sentAt);
  return percentile(
    times.toSorted((one, other) => one - other),
    0.99,
  );
}

/** The share of critical calls that were answered within so many milliseconds, their wait included. */
export const criticalServed = ({ critical }: TwoClassesRun, withinMs: number): number =>
  critical.filter((call) => isAnswered(call, { withinMs })).length / critical.length;

/** Answers in a span, in relation to what the server could give. */
export function shareOfCapacity(
  { requests }: TwoClassesRun,
  span: { readonly fromMs: number; readonly untilMs: number },
  possible: number,
): number {
  const { fromMs, untilMs } = span;
  const came = requests.filter(({ answeredAt }) => answeredAt >= fromMs && answeredAt < untilMs);
  return came.length / possible;
}
