// `npm run bench:distributed`: one limit of 1,000 a second over several processes and one Redis, with
// holdfast and with its peers. It needs redis-server (Debian: apt-get install -y redis-server).
//   -- --processes=2,4     how many processes share the limit
//   -- --seconds=5         how long a run lasts
//   -- --only=holdfast     some of the limiters, by the beginning of their names
//   -- --cases=full,restart
//   -- --simulated         what 10, 1,000 and 100,000 processes cost: in virtual time, without a Redis
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { pause, startRedis, type RedisServer } from '../../test/adapters/redis/redis-server.ts';
import { answerJob, jobOfThisProcess, startChild, type Answer } from '../child-process.ts';
import { loadNow } from '../environment.ts';
import { digits, tableOf } from '../table.ts';
import { figuresOf, type Figures } from './figures.ts';
import { HOLDFAST, LIMITERS } from './limiters.ts';
import { simulateFleets } from './simulated.ts';
import { work, type WorkerInput, type WorkerOutput } from './worker.ts';

const RATE = 1000;
const BURST = 50;
/** How much more is asked for than the limit allows. */
const DEMAND = 1.2;
/** So long after the last process is ready they all begin. */
const BEGINS_IN_MS = 500;
/** Long enough that a lease is worth it, and far more than one process can use. */
const UNBOUND = { ratePerSecond: 5_000_000, burst: 250_000 };

const CASES = {
  full: 'all ask for as much as their share, and a fifth more',
  uneven:
    'one asks for ten times as much as each of the others, who ask for their share and a fifth',
  half: 'half of the limit is asked for',
  restart: 'as the first, and Redis is killed in the middle and starts again empty',
} as const;
type Case = keyof typeof CASES;

const job = jobOfThisProcess();
if (job === undefined) await runAll();
else await answerJob(() => work(job.input as WorkerInput, readyToBegin));

interface Row extends Figures {
  readonly limiter: string;
  readonly processes: number;
  readonly isEven: boolean;
  readonly redisCpu: number;
  readonly commandsPerSecond: number;
}

async function runAll(): Promise<void> {
  const { values } = parseArgs({
    options: {
      processes: { type: 'string', default: '2,4,8,16' },
      seconds: { type: 'string', default: '8' },
      only: { type: 'string', default: '' },
      cases: { type: 'string', default: Object.keys(CASES).join(',') },
      simulated: { type: 'boolean', default: false },
    },
  });
  if (values.simulated) return simulateFleets();
  const lastsMs = Number(values.seconds) * 1000;
  const sizes = values.processes.split(',').map(Number);
  const names = Object.keys(LIMITERS).filter((name) =>
    values.only.split(',').some((beginning) => name.startsWith(beginning)),
  );
  console.log(
    `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, load ${digits(loadNow())}`,
  );
  for (const name of values.cases.split(',') as Case[]) {
    const rows: Row[] = [];
    for (const limiter of names) {
      // Peers are measured once in each case: they do not stand in for each other's sizes.
      const own = limiter === HOLDFAST ? sizes : sizes.filter((processes) => processes === 4);
      for (const processes of own) rows.push(await run(name, limiter, processes, lastsMs));
    }
    console.log(`\n## ${CASES[name]}; load ${digits(loadNow())}\n\n${textOf(rows)}`);
  }
  if (names.includes(HOLDFAST)) await measureHotPath(lastsMs);
}

async function run(name: Case, limiter: string, processes: number, lastsMs: number): Promise<Row> {
  const server = await startRedis();
  try {
    const workers = Array.from({ length: processes }, (_, index) =>
      startWorker({
        limiter,
        port: server.port,
        ratePerSecond: RATE,
        burst: BURST,
        processes,
        demandPerSecond: demandOf(name, processes, index),
        lastsMs,
      }),
    );
    const beginsAt = await beginTogether(workers);
    const outputs = Promise.all(workers.map(({ output }) => output));
    outputs.catch(() => {});
    await pause(beginsAt - Date.now());
    let before = await usageOf(server);
    if (name === 'restart') {
      await pause(lastsMs / 2);
      await server.kill();
      await pause(300);
      await server.start();
      before = { cpuSeconds: 0, commands: 0 };
    }
    await pause(beginsAt + lastsMs - 50 - Date.now());
    const after = await usageOf(server);
    const seconds = name === 'restart' ? lastsMs / 2000 : lastsMs / 1000;
    return {
      limiter,
      processes,
      isEven: name !== 'uneven',
      redisCpu: (after.cpuSeconds - before.cpuSeconds) / seconds,
      commandsPerSecond: (after.commands - before.commands) / seconds,
      ...figuresOf(await outputs, RATE, BURST, lastsMs),
    };
  } finally {
    await server.close();
  }
}

function demandOf(name: Case, processes: number, index: number): number {
  const share = RATE / processes;
  if (name === 'half') return share / 2;
  return name === 'uneven' && index === 0 ? DEMAND * share * 10 : DEMAND * share;
}

/** How many calls a process can make where nothing holds them back, one after the other. */
async function measureHotPath(lastsMs: number): Promise<void> {
  const server = await startRedis();
  try {
    const worker = startWorker({
      limiter: HOLDFAST,
      port: server.port,
      ...UNBOUND,
      processes: 1,
      demandPerSecond: 'as fast as it can',
      lastsMs: lastsMs / 2,
    });
    await beginTogether([worker]);
    const output = await worker.output;
    const perSecond = output.made / (lastsMs / 2000);
    console.log(
      `\n${digits(perSecond)} calls a second in one process where the limit does not bind; load ${digits(loadNow())}`,
    );
  } finally {
    await server.close();
  }
}

/** A process that makes calls. */
interface Worker {
  readonly ready: Promise<unknown>;
  readonly output: Promise<WorkerOutput>;
  begin(at: number): void;
}

function startWorker(input: WorkerInput): Worker {
  const child = startChild({ name: 'worker', input });
  let complaints = '';
  child.stderr?.on('data', (text: Buffer) => (complaints += text.toString()));
  const ended = once(child, 'close').then(() => {
    throw new Error(`a process ended without an answer\n${complaints}`);
  });
  ended.catch(() => {});
  const ready = Promise.race([once(child, 'message'), ended]);
  const output = ready.then(async () => {
    const [answer] = await Promise.race([once(child, 'message'), ended]);
    return (answer as Answer<WorkerOutput>).output;
  });
  output.catch(() => {});
  return { ready, output, begin: (at) => void child.send(at) };
}

/** Lets all processes begin at one moment, in milliseconds since 1970. */
async function beginTogether(workers: readonly Worker[]): Promise<number> {
  await Promise.all(workers.map(({ ready }) => ready));
  const beginsAt = Date.now() + BEGINS_IN_MS;
  for (const { begin } of workers) begin(beginsAt);
  return beginsAt;
}

/** In a worker: tells the parent, and waits for the moment at which to begin. */
async function readyToBegin(): Promise<number> {
  const told = once(process, 'message');
  process.send?.('ready');
  return ((await told) as [number])[0];
}

/** What the server has used so far, without the commands that ask for it. */
async function usageOf(server: RedisServer) {
  const numberOf = (text: string, field: string) =>
    Number(new RegExp(`${field}:([\\d.]+)`).exec(text)?.[1] ?? 0);
  const cpu = await server.ask('INFO', 'cpu');
  const stats = await server.ask('INFO', 'stats');
  return {
    cpuSeconds: numberOf(cpu, 'used_cpu_sys') + numberOf(cpu, 'used_cpu_user'),
    commands: numberOf(stats, 'total_commands_processed'),
  };
}

function textOf(rows: readonly Row[]): string {
  const header = [
    'limiter',
    'processes',
    'of the limit used',
    'worst second',
    'worst 100 ms',
    'Redis, % of a core',
    'commands/s, those in scripts too',
    'median wait, ms',
    '÷ ideal',
    'least and most, ÷ mean',
    'failed',
  ];
  const percent = (ratio: number) => `${(100 * ratio).toFixed(1)} %`;
  return tableOf(
    header,
    rows.map((row) => [
      row.limiter,
      `${row.processes}`,
      percent(row.used),
      `${row.worstSecond}`,
      `${row.worst100Ms}`,
      percent(row.redisCpu),
      digits(row.commandsPerSecond),
      digits(row.medianWaitMs),
      // One line for all is no measure where one asks for far more than its share.
      row.isEven ? digits(row.waitRatio) : '–',
      row.fairness.map((ratio) => ratio.toFixed(2)).join('–'),
      `${row.failed}`,
    ]),
  );
}
