// `npm run bench`: what holdfast costs, next to its peers, in the same run.
//   -- --only=a,b       some of the sections       -- --json     for machines, on standard output
//   -- --case=a,b       the cases whose names hold one of these, beside the first of each section
//   -- --quick          under a minute: coarser, and without --only and --case the targets alone
//   -- --rounds=n       of calls in process, and of requests; more of them where the machine is noisy
//   -- --package=folder a package that is already built, instead of building this one
//   -- --crowded        with all cases of a section warm in each process
import { parseArgs } from 'node:util';
import { measureRequests, planOf, prepareTurns } from './around-requests.ts';
import { measureCase, measureInRounds, type Effort } from './call-cases.ts';
import { answerEveryTime, answerJob, jobOfThisProcess } from './child-process.ts';
import { IMPORT_CASES, measureImports } from './cold-import.ts';
import { compare, type Comparative } from './comparisons.ts';
import { readEnvironment } from './environment.ts';
import { serveJson } from './json-server.ts';
import { KEY_CASES } from './key-cases.ts';
import { keepKeys, measureManyKeys } from './many-keys.ts';
import type { Measured } from './measured.ts';
import { installPackage } from './package-under-test.ts';
import * as report from './report.ts';
import { CALL_SECTIONS, QUICK_ROUNDS, REQUEST_SECTIONS, SECTIONS } from './sections.ts';
import { isTargeted, judgeTargets } from './targets.ts';

const job = jobOfThisProcess();
if (job === undefined) await runBenchmarks();
else if (job.name === 'json-server') await serveJson();
else if (job.name in REQUEST_SECTIONS) await takeTurns(job.name, job.input);
else await answerJob(() => workOf(job.name, job.input));

async function takeTurns(name: string, input: unknown): Promise<void> {
  const cases = REQUEST_SECTIONS[name]?.cases ?? [];
  answerEveryTime(await prepareTurns(cases, input as Parameters<typeof prepareTurns>[1]));
}

function workOf(name: string, input: unknown): Promise<unknown> {
  if (name === 'keys') return keepKeys(input as Parameters<typeof keepKeys>[0]);
  const section = CALL_SECTIONS[name];
  if (section === undefined) throw new Error(`there is no section ${name}`);
  return measureCase(section.cases, input as Parameters<typeof measureCase>[1]);
}

/** What a section measured, and its tables. */
interface SectionResult {
  readonly measured: readonly Measured[];
  readonly text: string;
}

interface Settings {
  readonly quick: boolean;
  readonly crowded: boolean;
  /** How many rounds, where the command says so. */
  readonly rounds: number | undefined;
  /** Those of a section's cases that are to be measured. */
  readonly choose: <Case extends { readonly name: string }>(
    section: string,
    cases: readonly Case[],
  ) => readonly Case[];
  readonly progress: (text: string) => void;
}

async function measureSection(name: string, settings: Settings): Promise<SectionResult> {
  const { quick, choose, progress } = settings;
  if (name in CALL_SECTIONS) return measureCalls(name, settings);
  if (name in REQUEST_SECTIONS) return measureClients(name, settings);
  if (name === 'import') {
    const { results, rounds } = measureImports(choose(name, IMPORT_CASES), quick, progress);
    const title = `Cold import (rounds: ${rounds}, each in a fresh process)`;
    return { measured: results, text: report.importsText(title, results) };
  }
  const { results, idleMs } = await measureManyKeys(choose(name, KEY_CASES), quick, progress);
  const title = `Keys that are kept (one run each, a fresh process; idle for ${idleMs / 1000} s)`;
  return { measured: results, text: report.keysText(title, results) };
}

async function measureCalls(name: string, settings: Settings): Promise<SectionResult> {
  const section = CALL_SECTIONS[name];
  if (section === undefined) throw new Error(`there is no section ${name}`);
  const { quick, crowded, choose, progress } = settings;
  const rounds = settings.rounds ?? (quick ? QUICK_ROUNDS : section.rounds);
  const effort: Effort = { quick, crowded, rounds };
  const results = await measureInRounds(name, choose(name, section.cases), effort, progress);
  const title = `${section.title} (rounds: ${rounds}; a fresh process for each case)`;
  return { measured: results, text: report.callsText(title, results, section.columns) };
}

async function measureClients(name: string, settings: Settings): Promise<SectionResult> {
  const section = REQUEST_SECTIONS[name];
  if (section === undefined) throw new Error(`there is no section ${name}`);
  const { quick, choose, progress } = settings;
  const cases = choose(name, section.cases);
  const { turnLength } = section;
  const plan = planOf(quick, { rounds: settings.rounds, turnLength });
  const results = await measureRequests(name, cases, plan, progress);
  const rounds = plan.processes * plan.rounds;
  const requests = rounds * plan.turns * plan.requests[64];
  const title = `${section.title} (rounds: ${rounds}; processes a client: ${plan.processes}; ${requests} requests a client at 64 at a time)`;
  return { measured: results, text: report.requestsText(title, results) };
}

async function runBenchmarks(): Promise<void> {
  const { quick, json, crowded, rounds, only, choose, package: builtPackage } = readArguments();
  const startedAt = performance.now();
  const print = (text: string) => {
    if (!json) console.log(text);
  };
  const progress = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  };
  installPackage(builtPackage);
  const environment = readEnvironment(builtPackage);

  const settings: Settings = { quick, crowded, rounds, choose, progress };
  const results: Record<string, readonly Measured[]> = {};
  const comparatives: Comparative[] = [];
  for (const name of SECTIONS.filter((section) => only.includes(section))) {
    const { measured, text } = await measureSection(name, settings);
    if (measured.length === 0) continue;
    const compared = compare(name, measured);
    results[name] = measured;
    comparatives.push(...compared);
    progress('');
    print(text);
    if (compared.length > 0) print(report.comparisonsText(compared));
  }
  const targets = judgeTargets(results);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  if (comparatives.length > 0) print(report.lossesText(comparatives));
  print(`\n${report.environmentText(environment)}\n${seconds} s in all`);
  if (targets.length > 0) print(report.targetsText(targets));
  if (quick) print('A rough run (--quick): only a full one decides where it is close.');
  if (json) {
    const all = { environment, seconds, quick, crowded, results, comparatives, targets };
    console.log(JSON.stringify(all, null, 2));
  }
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      crowded: { type: 'boolean', default: false },
      only: { type: 'string' },
      case: { type: 'string' },
      rounds: { type: 'string' },
      package: { type: 'string' },
    },
  });
  const only = values.only?.split(',') ?? SECTIONS;
  const unknown = only.filter((name) => !SECTIONS.includes(name));
  if (unknown.length > 0) {
    throw new Error(`--only takes ${SECTIONS.join(', ')}, not ${unknown.join(', ')}`);
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new Error(`--rounds takes a number from 1, not ${values.rounds}`);
  }
  const texts = values.case?.split(',');
  const targetsOnly = values.quick && values.only === undefined && texts === undefined;
  const choose: Settings['choose'] = (section, cases) => {
    const chosen = cases.filter(({ name }) =>
      targetsOnly
        ? isTargeted(section, name)
        : (texts?.some((text) => name.includes(text)) ?? true),
    );
    const [first] = cases;
    if (first === undefined || chosen.length === 0 || chosen.includes(first)) return chosen;
    return [first, ...chosen];
  };
  return { ...values, rounds, only, choose };
}
