import { AsyncLocalStorage } from 'node:async_hooks';
import { ScenarioTime } from './harm-clock.ts';
import { endOf, retryAfterOf, type Ask } from './harm-clients.ts';
import { STILL_WAITING, type Call, type Group, type Scenario } from './harm-scenario.ts';
import { startScenarioServer, type DrivenServer, type ServerState } from './harm-server.ts';

/** What the callers of one client saw, and the server. */
export interface Seen {
  readonly calls: readonly Call[];
  readonly sent: Readonly<Record<string, number>>;
  /** How often time went on although something was still on its way: 0 in a run that counts. */
  readonly unsettled: number;
}

interface Due {
  readonly group: Group;
  readonly index: number;
  readonly dueMs: number;
  /** How many requests have been sent for it. */
  sent: number;
}

/** The call for which something is sent, whatever its client waits for in between. */
const calling = new AsyncLocalStorage<Due>();
/** How many turns of the event loop must pass without any news. */
const QUIET_TURNS = 4;
/** After this long time goes on although something is still on its way. */
const LONGEST_SETTLING_MS = 10_000;

const platform = { setTimeout: globalThis.setTimeout, now: performance.now.bind(performance) };

/** Knows when nothing is on its way between the client and its server. */
class Traffic {
  state: ServerState = { nowMs: 0, holding: 0, nextMs: null, sent: {} };
  unsettled = 0;
  #pending = 0;
  #version = 0;
  #news: () => void = () => {};

  constructor({ process: server }: DrivenServer) {
    server.on('message', (state: ServerState) => {
      this.state = state;
      this.#changed();
    });
    const send = globalThis.fetch;
    globalThis.fetch = (...given) => {
      const due = calling.getStore();
      if (due !== undefined) due.sent += 1;
      this.#pending += 1;
      this.#changed();
      const settle = () => {
        this.#pending -= 1;
        this.#changed();
      };
      const answer = send(...given);
      answer.then(settle, settle);
      return answer;
    };
  }

  /** Resolves when the server knows the time, and has every request that nobody has an answer to. */
  async settle(nowMs: number): Promise<void> {
    const startedAt = platform.now();
    for (;;) {
      const version = this.#version;
      for (let turn = 0; turn < QUIET_TURNS; turn += 1) await nextTurn();
      if (version !== this.#version) continue;
      if (this.state.nowMs === nowMs && this.state.holding === this.#pending) return;
      if (platform.now() - startedAt > LONGEST_SETTLING_MS) {
        this.unsettled += 1;
        return;
      }
      await this.#untilNews();
    }
  }

  #changed(): void {
    this.#version += 1;
    this.#news();
  }

  #untilNews(): Promise<void> {
    return new Promise((resolve) => {
      this.#news = resolve;
      platform.setTimeout(resolve, 100);
    });
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Lets callers come at the scenario's rates, whether earlier ones have been served or not, and
 * watches them until the last has ended or has no patience left. Drives the time of the client and
 * of the server: it goes on to the next moment at which anything is due, when all is quiet.
 */
export async function makeLoad(scenario: Scenario, prepare: () => Promise<Ask>): Promise<Seen> {
  const server = await startScenarioServer(scenario.row);
  const time = new ScenarioTime();
  time.rule();
  const traffic = new Traffic(server);
  const ask = await prepare();
  const calls: Call[] = [];
  const waiting = new Set<Due>();
  const note = ({ group, dueMs, sent }: Due, end: string, retryAfterMs?: number) => {
    const durationMs = time.nowMs - dueMs;
    calls.push({ group: group.name, begunAt: dueMs / 1000, durationMs, end, sent, retryAfterMs });
  };
  const begin = (due: Due) => {
    waiting.add(due);
    const end = (how: string, retryAfterMs?: number) =>
      void (waiting.delete(due) && note(due, how, retryAfterMs));
    const url = `${server.origin}${due.group.path(due.index)}`;
    calling
      .run(due, () => oneCall(ask, url, due.group))
      .then(
        (status) => end(status),
        (error) => end(endOf(error), retryAfterOf(error)),
      );
  };

  const coming = arrivalsOf(scenario);
  let next = 0;
  const untilMs = (scenario.seconds + scenario.patienceSeconds) * 1000;
  while (next < coming.length || (waiting.size > 0 && time.nowMs < untilMs)) {
    const answerMs = traffic.state.nextMs ?? Infinity;
    time.moveTo(Math.min(coming[next]?.dueMs ?? Infinity, time.nextMs, answerMs, untilMs));
    const { nowMs, epochMs } = time;
    server.process.send({ nowMs, epochMs });
    await traffic.settle(nowMs);
    time.fire();
    for (let due = coming[next]; due && due.dueMs <= nowMs; due = coming[next]) {
      next += 1;
      begin(due);
    }
    await traffic.settle(nowMs);
  }
  for (const due of waiting) note(due, STILL_WAITING);
  server.process.kill();
  return { calls, sent: traffic.state.sent, unsettled: traffic.unsettled };
}

async function oneCall(ask: Ask, url: string, { method, credential }: Group): Promise<string> {
  const headers = credential === undefined ? {} : { authorization: credential };
  const body = method === 'POST' ? '{"text":"hello"}' : undefined;
  const init = { method: method ?? 'GET', headers, ...(body === undefined ? {} : { body }) };
  const response = await ask(url, init);
  if (!response.bodyUsed) await response.text();
  return String(response.status);
}

/** Evenly spaced, each group at its own rate. */
function arrivalsOf({ groups, seconds }: Scenario): readonly Due[] {
  return groups
    .flatMap((group) =>
      Array.from({ length: Math.floor(group.perSecond * seconds) }, (_, index) => ({
        group,
        index,
        dueMs: ((index + 0.5) / group.perSecond) * 1000,
        sent: 0,
      })),
    )
    .toSorted((a, b) => a.dueMs - b.dueMs);
}
