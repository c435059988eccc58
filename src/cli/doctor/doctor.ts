import type { ExitCode } from '../command.ts';
import { painter } from '../terminal/paint.ts';
import { UsageError } from '../usage-error.ts';
import type { World } from '../world.ts';
import { chooseCatalog } from '../choose-catalog.ts';
import { Diagnosis } from './diagnosis.ts';
import { diagnosisJson } from './diagnosis-json.ts';
import { diagnosisText } from './diagnosis-text.ts';
import { readLog } from './log/read-log.ts';
import type { DoctorLine } from './options.ts';
import { reportOn } from './report.ts';

/** Runs `holdfast doctor`. */
export async function doctor({ values, operands }: DoctorLine, world: World): Promise<ExitCode> {
  const path = operands[0] ?? (world.inputIsTerminal ? undefined : '-');
  if (path === undefined) {
    throw new UsageError('nothing to read: give a file, or - for standard input');
  }
  // A wrong name is told before a long log is read.
  chooseCatalog(values.catalog, undefined);
  const { format, entries } = await readLog(world.stream(path));
  const diagnosis = new Diagnosis(values.catalog);
  for await (const entry of entries) diagnosis.add(entry);
  if (diagnosis.attempts === 0) {
    const { broken, other } = diagnosis;
    throw new Error(
      `no request found in it (read as ${format}): ${broken} pieces could not be read, ${other} tell of something else`,
    );
  }
  const report = await reportOn(diagnosis, format);
  const { columns, hasColours } = world.terminal;
  world.print(
    values.json
      ? `${JSON.stringify(diagnosisJson(report), null, 2)}\n`
      : diagnosisText(report, { columns, paint: painter(hasColours) }),
  );
  return report.advice.length > 0 ? 1 : 0;
}
