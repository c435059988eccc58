// `npm run bench`: what holdfast costs, next to its peers, in the same run.
//   -- --quick          under 40 s, coarser        -- --json     for machines, on standard output
//   -- --only=a,b       some of the sections       -- --crowded  with all cases warm in each process
import { parseArgs } from 'node:util';
import { measureAroundFetch, measureFetch } from './around-fetch.ts';
import { measureCase, measureInRounds, type CallCase, type Effort } from './call-cases.ts';
import { answerJob, jobOfThisProcess } from './child-process.ts';
import { COMPARISONS, compare } from './comparisons.ts';
import { readEnvironment } from './environment.ts';
import { REPORT_CASES, RESPONSE_CASES, RETRY_CASES } from './failure-cases.ts';
import { serveJson } from './json-server.ts';
import { keepKeys, measureManyKeys } from './many-keys.ts';
import { installPackage } from './package-under-test.ts';
import { REFUSAL_CASES } from './refusal-cases.ts';
import { callsText, comparisonsText, environmentText, fetchText, keysText } from './report.ts';
import { SUCCESS_CASES } from './success-cases.ts';

interface CallSection {
  readonly title: string;
  readonly cases: readonly CallCase[];
  readonly columns: 'all' | 'processor';
  readonly rounds: { readonly full: number; readonly quick: number };
}

/** Each case in a fresh process; the cases take turns in every round. */
const CALL_SECTIONS: Readonly<Record<string, CallSection>> = {
  success: {
    title: 'A call that succeeds at once',
    cases: SUCCESS_CASES,
    columns: 'all',
    rounds: { full: 5, quick: 1 },
  },
  refusals: {
    title: 'A call that is refused',
    cases: REFUSAL_CASES,
    columns: 'all',
    rounds: { full: 3, quick: 1 },
  },
  retries: {
    title: 'A failed attempt, then one that succeeds, no backoff',
    cases: RETRY_CASES,
    columns: 'processor',
    rounds: { full: 3, quick: 1 },
  },
  responses: {
    title: 'A 503 with a body, then a 200, no backoff',
    cases: RESPONSE_CASES,
    columns: 'processor',
    rounds: { full: 3, quick: 1 },
  },
  reports: {
    title: 'A breaker that counts failures',
    cases: REPORT_CASES,
    columns: 'all',
    rounds: { full: 3, quick: 1 },
  },
};
const SECTIONS = [...Object.keys(CALL_SECTIONS), 'fetch', 'keys'];

const job = jobOfThisProcess();
if (job === undefined) await runBenchmarks();
else if (job.name === 'json-server') await serveJson();
else await answerJob(() => workOf(job.name, job.input));

function workOf(name: string, input: unknown): Promise<unknown> {
  if (name === 'fetch') return measureFetch(input as Parameters<typeof measureFetch>[0]);
  if (name === 'keys') return keepKeys(input as Parameters<typeof keepKeys>[0]);
  const section = CALL_SECTIONS[name];
  if (section === undefined) throw new Error(`there is no section ${name}`);
  return measureCase(section.cases, input as Parameters<typeof measureCase>[1]);
}

async function runBenchmarks(): Promise<void> {
  const { quick, json, crowded, only } = readArguments();
  const startedAt = performance.now();
  const environment = readEnvironment();
  const print = (text: string) => {
    if (!json) console.log(text);
  };
  const progress = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  };
  const remark = installPackage();
  if (remark !== undefined) console.error(remark);

  const results: Record<string, unknown> = {};
  for (const [name, section] of Object.entries(CALL_SECTIONS)) {
    if (!only.includes(name)) continue;
    const effort: Effort = { quick, crowded, rounds: section.rounds[quick ? 'quick' : 'full'] };
    const calls = await measureInRounds(name, section.cases, effort, progress);
    const comparatives = compare(COMPARISONS[name] ?? [], calls);
    results[name] = { rounds: effort.rounds, calls, comparatives };
    progress('');
    const title = `${section.title} (rounds: ${effort.rounds}; a fresh process for each case)`;
    print(callsText(title, calls, section.columns));
    print(comparisonsText(comparatives));
  }
  if (only.includes('fetch')) {
    const { results: fetches, plan } = await measureAroundFetch({ quick }, progress);
    results['fetch'] = { rounds: plan.rounds, requests: plan.requests, clients: fetches };
    progress('');
    const title = `Around fetch on loopback (rounds: ${plan.rounds}, of ${plan.requests} requests; a fresh client process for each, the server in its own)`;
    print(fetchText(title, fetches));
  }
  if (only.includes('keys')) {
    const { results: keys, idleMs } = await measureManyKeys({ quick }, progress);
    results['keys'] = { idleMs, keys };
    progress('');
    const title = `Keys that are kept (one run each, a fresh process; idle for ${idleMs / 1000} s)`;
    print(keysText(title, keys));
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  print(`\n${environmentText(environment)}\n${seconds} s in all`);
  if (json)
    console.log(JSON.stringify({ environment, seconds, quick, crowded, ...results }, null, 2));
}

function readArguments(): { quick: boolean; json: boolean; crowded: boolean; only: string[] } {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      crowded: { type: 'boolean', default: false },
      only: { type: 'string', default: SECTIONS.join(',') },
    },
  });
  const only = values.only.split(',');
  const unknown = only.filter((name) => !SECTIONS.includes(name));
  if (unknown.length > 0) {
    throw new Error(`--only takes ${SECTIONS.join(', ')}, not ${unknown.join(', ')}`);
  }
  return { ...values, only };
}
