import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { pause, startRedis } from '../redis-server.ts';
import { slowNetwork } from '../slow-network.ts';
import { FAULTS, SETTINGS, randomFrom } from './faults.ts';
import { sharedNow, type MemberInput, type MemberOrder, type MemberState } from './member.ts';
import { BURST, MEMBERS, RATE, TURN_TOKENS } from './terms.ts';

/** Within this time after the store has recovered every member takes part again. */
const REJOINED_MS = 2000;
/** Within this time after the server and the store have recovered every circuit is closed again. */
const CLOSED_MS = 5000;
/** A call may end so long after its deadline, besides what its process stood still. */
const LATE_MS = 200;
/** So long a fault is felt after its end. */
const FELT_FOR_MS = 2500;
const WINDOWS_MS = [100, 1000, 5000];
/** At the end, without faults, so much of the limit is used in one of so many seconds: a busy machine loses moments. */
const USED = 0.8;
const WINDOWS_TO_RECOVER = 8;

interface Happened {
  readonly name: string;
  readonly losesStore: boolean;
  readonly from: number;
  readonly to: number;
}

/** What a sequence came to. */
export interface SequenceReport {
  readonly seed: number;
  readonly starts: number;
  readonly faults: number;
  /** Outages of the server behind the circuit. */
  readonly outages: number;
  /** Of each window, how many starts the worst one had beyond burst + rate × t. */
  readonly overshoot: Readonly<Record<string, number>>;
  readonly used: number;
  /** What should not be; none where all is well. */
  readonly complaints: readonly string[];
}

/**
 * Eight processes with a limit and a circuit in common, and faults of their store one after the other,
 * drawn by the seed.
 */
export async function runSequence(
  seed: number,
  lastsMs: number,
  program: readonly [path: string, ...args: string[]],
): Promise<SequenceReport> {
  const random = randomFrom(seed);
  const server = await startRedis(...SETTINGS);
  const network = await slowNetwork(server.port, 0);
  const limited = await startLimitedServer();
  const members = Array.from({ length: MEMBERS }, (_, index) =>
    startMember(program, {
      storePort: network.port,
      serverPort: limited.port,
      clockIsOffByMs: (index - MEMBERS / 2) * 3_600_000,
    }),
  );
  try {
    await Promise.all(members.map((member) => once(member, 'message')));
    await pause(1000);
    const outages = outagesOf(members, seed);
    const happened: Happened[] = [];
    const end = performance.now() + lastsMs;
    while (performance.now() < end) {
      const fault = FAULTS[Math.floor(random() * FAULTS.length)]!;
      const from = sharedNow();
      outages.mayChange();
      await fault.happen({ server, network }, 100 + random() * 1500);
      happened.push({ ...fault, from, to: sharedNow() });
      await pause(random() * 1500);
    }
    const complaints: string[] = [];
    outages.end();
    if (!(await come(members, REJOINED_MS, ({ isJoined }) => isJoined)))
      complaints.push('a member was not back after two seconds');
    if (!(await come(members, CLOSED_MS, ({ breaker }) => breaker.circuit === 'closed'))) {
      complaints.push('a circuit was not closed five seconds after the server was back');
    }
    await pause(1000);
    let used = 0;
    for (let tries = 0; tries < WINDOWS_TO_RECOVER && used < USED; tries += 1) {
      const before = limited.starts.length;
      await pause(1000);
      used = (limited.starts.length - before) / RATE;
    }
    const states = await Promise.all(members.map(stateOf));
    if (used < USED) complaints.push(`only ${(100 * used).toFixed(0)} % were used afterwards`);
    const failures = states.flatMap((state) => state.failures);
    if (failures.length > 0) complaints.push(`${failures.length} calls failed: ${failures[0]}`);
    for (const { breaker, standstillMs } of states) {
      if (breaker.lateMs > LATE_MS + standstillMs) {
        complaints.push(`a call at the circuit ended ${breaker.lateMs.toFixed(0)} ms late`);
      }
    }
    const meanStandstillMs =
      states.reduce((sum, { standstillMs }) => sum + standstillMs, 0) / MEMBERS;
    const starts = limited.starts.toSorted((one, other) => one - other);
    const overshoot: Record<string, number> = {};
    for (const windowMs of WINDOWS_MS) {
      const worst = worstWindow(starts, windowMs, happened, meanStandstillMs);
      overshoot[`${windowMs} ms`] = worst.overshoot;
      if (worst.beyond > 0) {
        complaints.push(
          `${worst.overshoot} more than the limit in ${windowMs} ms, ${worst.beyond.toFixed(0)} too many; before: ${worst.faults.join(', ')}`,
        );
      }
    }
    const counted = { starts: starts.length, faults: happened.length, outages: outages.count };
    return { seed, ...counted, overshoot, used, complaints };
  } finally {
    for (const member of members) tell(member, 'end');
    await Promise.all(members.map(ended));
    limited.close();
    network.close();
    await server.close();
  }
}

/** The server whose limit it is: it writes down when each request left. */
async function startLimitedServer() {
  const starts: number[] = [];
  const server = createServer((socket) => {
    let rest = '';
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) starts.push(Number(line));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { port, starts, close: () => server.close() };
}

function startMember([path, ...args]: readonly [string, ...string[]], input: MemberInput) {
  return fork(path, [...args, JSON.stringify(input)], { execArgv: ['--enable-source-maps'] });
}

async function ended(member: ChildProcess): Promise<void> {
  if (member.exitCode !== null || member.signalCode !== null) return;
  const timer = setTimeout(() => member.kill('SIGKILL'), 2000);
  await once(member, 'exit');
  clearTimeout(timer);
}

function tell(member: ChildProcess, order: MemberOrder): void {
  if (member.connected) member.send(order);
}

/** Outages of the server behind the circuit, drawn by the seed, that come and go beside the faults of the store. */
function outagesOf(members: readonly ChildProcess[], seed: number) {
  const random = randomFrom(seed + 1000);
  let [isFailing, count] = [false, 0];
  const turn = (fails: boolean): void => {
    if (fails && !isFailing) count += 1;
    isFailing = fails;
    for (const member of members) tell(member, fails ? 'fails' : 'answers');
  };
  return {
    get count() {
      return count;
    },
    mayChange: () => turn(random() < 0.5),
    end: () => turn(false),
  };
}

async function stateOf(member: ChildProcess): Promise<MemberState> {
  if (!member.connected) {
    const breaker = { circuit: undefined, answered: 0, lateMs: 0 };
    return { isJoined: false, failures: ['it has ended'], standstillMs: 0, breaker };
  }
  const answered = once(member, 'message');
  tell(member, 'state');
  return ((await answered) as [MemberState])[0];
}

/** Waits until all members stand so; gives whether they did in time. */
async function come(
  members: readonly ChildProcess[],
  withinMs: number,
  stand: (state: MemberState) => boolean,
): Promise<boolean> {
  const since = performance.now();
  for (;;) {
    const states = await Promise.all(members.map(stateOf));
    if (states.every(stand)) return true;
    if (performance.now() - since >= withinMs) return false;
    await pause(20);
  }
}

/**
 * The window that went furthest beyond what is promised for it: burst + rate × t, what comes in a turn
 * for each fault in which members lose the store, and for members that read the store's answer late.
 */
function worstWindow(
  starts: readonly number[],
  windowMs: number,
  happened: readonly Happened[],
  lateMs: number,
) {
  const worst = { overshoot: -Infinity, beyond: -Infinity, faults: [] as string[] };
  let first = 0;
  for (const [index, to] of starts.entries()) {
    while (to - starts[first]! >= windowMs) first += 1;
    const overshoot = index - first + 1 - BURST - (RATE * windowMs) / 1000;
    worst.overshoot = Math.max(worst.overshoot, overshoot);
    if (overshoot <= 0) continue;
    const from = starts[first]!;
    const felt = happened.filter((fault) => fault.from <= to && fault.to + FELT_FOR_MS >= from);
    const losses = felt.filter(({ losesStore }) => losesStore).length;
    const beyond = overshoot - losses * TURN_TOKENS - (RATE * lateMs) / 1000;
    if (beyond > worst.beyond)
      Object.assign(worst, { beyond, faults: felt.map(({ name }) => name) });
  }
  return worst;
}
