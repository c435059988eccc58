import { ADVISERS } from './advice/advisers.ts';
import type { Advice } from './advice/advice.ts';
import type { Diagnosis } from './diagnosis.ts';
import { findingOf, type Finding } from './findings.ts';
import type { LogFormat } from './log/read-log.ts';
import { replay, type Replay } from './replay.ts';
import { Schedules } from './schedules.ts';
import type { ServerRecord } from './server-record.ts';
import { settingsFor, type Settings } from './settings.ts';

/** One server of a log, with all that is to be said. */
export interface ServerReport {
  readonly server: ServerRecord;
  /** The commonest first. */
  readonly findings: readonly Finding[];
  /** `undefined` where the log says no times. */
  readonly replay: Replay | undefined;
}

/** All that is to be said of a log. */
export interface Report {
  readonly format: LogFormat;
  readonly diagnosis: Diagnosis;
  /** Those with failures first. */
  readonly servers: readonly ServerReport[];
  readonly advice: readonly Advice[];
  readonly settings: Settings;
}

/** Works out what holdfast would have done, and which settings fit. */
export async function reportOn(diagnosis: Diagnosis, format: LogFormat): Promise<Report> {
  const schedules = new Schedules();
  const servers: ServerReport[] = [];
  const advice: Advice[] = [];
  const inOrder = [...diagnosis.servers.values()].toSorted(
    (one, other) => other.failures - one.failures,
  );
  for (const server of inOrder) {
    const groups = [...diagnosis.groups.values()]
      .filter(({ origin }) => origin === server.origin)
      .toSorted((one, other) => other.count - one.count);
    const findings: Finding[] = [];
    for (const group of groups) findings.push(await findingOf(group, server, schedules));
    const isPlayed = server.failures > 0;
    servers.push({
      server,
      findings,
      replay: isPlayed ? await replay(server.origin ?? '', server.attempts) : undefined,
    });
    advice.push(...ADVISERS.flatMap((advise) => advise({ server, findings, diagnosis })));
  }
  const known = inOrder.filter(({ origin }) => origin !== undefined).length;
  const settings = settingsFor(advice, known <= 1 ? 'one server' : 'several servers');
  return { format, diagnosis, servers, advice, settings };
}
