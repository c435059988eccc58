// `npm run bench:harm`: what the callers notice whose calls have nothing to do with a failure, with
// holdfast and with its peers, row by row of the table in issue 9.
//   -- --only=4a,37   some of the rows, or some of their parts
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { jobOfThisProcess, startChild } from './child-process.ts';
import { BARE, CLIENTS, HOLDFAST } from './harm-clients.ts';
import { makeLoad, type Seen } from './harm-load.ts';
import { scenarioText, summaryText } from './harm-report.ts';
import { SCENARIOS } from './harm-rows.ts';
import type { ClientResult, Scenario } from './harm-scenario.ts';
import { serveScenario } from './harm-server.ts';

/** Longer than any scenario takes on a busy machine. */
const LONGEST_MS = 300_000;
const NAMES = Object.keys(CLIENTS);

interface LoadInput {
  readonly row: string;
  readonly client: string;
}

const job = jobOfThisProcess();
if (job === undefined) await runRows();
else if (job.name === 'harm-server') {
  await serveScenario(scenarioOf((job.input as { row: string }).row));
} else {
  process.send?.(await runLoad(job.input as LoadInput), () => process.exit(0));
}

function runLoad({ row, client }: LoadInput): Promise<Seen> {
  const prepare = CLIENTS[client];
  if (prepare === undefined) throw new Error(`there is no client ${client}`);
  return makeLoad(scenarioOf(row), prepare);
}

function scenarioOf(row: string): Scenario {
  const scenario = SCENARIOS.find((candidate) => candidate.row === row);
  if (scenario === undefined) throw new Error(`there is no row ${row}`);
  return scenario;
}

async function runRows(): Promise<void> {
  const startedAt = performance.now();
  const outcomes: Parameters<typeof summaryText>[0][number][] = [];
  for (const scenario of chosen()) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Krow ${scenario.row}`);
    const results = await play(scenario);
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    console.log(`${scenarioText(scenario, results)}\n`);
    const bare = results.find(({ client }) => client === BARE);
    const ours = results.find(({ client }) => client === HOLDFAST);
    if (bare === undefined || ours === undefined) continue;
    for (const { text, holds } of scenario.mustBe) {
      outcomes.push({ row: scenario.row, text, holds: holds(ours, bare) });
    }
  }
  console.log(summaryText(outcomes));
  console.log(`\n${Math.round((performance.now() - startedAt) / 1000)} s in all`);
}

function chosen(): readonly Scenario[] {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const rows = values.only?.split(',');
  const found = SCENARIOS.filter(
    ({ row }) => rows?.some((name) => name === row || name === row.replace(/\D$/, '')) ?? true,
  );
  if (found.length === 0) {
    throw new Error(`--only takes ${SCENARIOS.map(({ row }) => row).join(', ')}`);
  }
  return found;
}

/** All clients side by side, each in a process of its own with a server of its own. */
function play(scenario: Scenario): Promise<readonly ClientResult[]> {
  return Promise.all(
    NAMES.map(async (client) => {
      const input: LoadInput = { row: scenario.row, client };
      const seen = await messageFrom<Seen>(startChild({ name: 'harm-load', input }));
      return summarize(scenario, client, seen);
    }),
  );
}

/** The next message of a child; rejects when the child ends or takes too long. */
async function messageFrom<Message>(child: ChildProcess): Promise<Message> {
  const signal = AbortSignal.timeout(LONGEST_MS);
  let complaints = '';
  const complain = (text: Buffer) => void (complaints += text.toString());
  child.stderr?.on('data', complain);
  const ended = once(child, 'close', { signal }).then(() => {
    throw new Error(`a process of the scenario ended too soon\n${complaints}`);
  });
  const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Message];
  ended.catch(() => {});
  child.stderr?.off('data', complain);
  return message;
}

function summarize(scenario: Scenario, client: string, seen: Seen): ClientResult {
  const { sent, unsettled } = seen;
  const healthy = scenario.healthy(seen.calls);
  const good = healthy.filter(({ end }) => scenario.goodEnds.includes(end));
  const timed = scenario.percentilesOf === 'all' ? healthy : good;
  const durations = timed.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b);
  const quantile = (share: number) => durations[Math.floor(durations.length * share)] ?? Infinity;
  const requests = Object.values(sent).reduce((sum, count) => sum + count, 0);
  return {
    client,
    healthy,
    okPercent: healthy.length === 0 ? 0 : (100 * good.length) / healthy.length,
    p50: quantile(0.5),
    p99: quantile(0.99),
    calls: seen.calls.length,
    sentPerCall: requests / seen.calls.length,
    failing: seen.calls.filter(({ group }) => group === scenario.failing),
    sentToFailing: sent[scenario.failing] ?? 0,
    unsettled,
  };
}
