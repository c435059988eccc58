import { parseArgs } from 'node:util';
import { tableOf } from '../table.ts';
import { writePlot, writeText } from './docs-section.ts';
import { plotText, type Plot } from './plot.ts';

/** What a part is measured with. */
export interface Effort {
  /** Whether to leave out whatever takes long. */
  readonly quick: boolean;
  readonly seeds: readonly number[];
  /** Those of its contenders that were asked for. */
  readonly choose: <Named extends { readonly name: string }>(
    contenders: readonly Named[],
  ) => readonly Named[];
}

/** One table of a benchmark. */
export interface MeasuredTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** A picture of it, under its file name in `docs/plots`. */
  readonly plots?: Readonly<Record<string, Plot>>;
}

/** A scenario of a benchmark: its name on the command line, and how its tables are measured. */
export interface Part {
  readonly name: string;
  readonly measure: (effort: Effort) => AsyncIterable<MeasuredTable>;
}

const DEFAULT_SEEDS = 3;

/**
 * Runs the parts of a benchmark that the command line names, or all of them. `--quick`, `--seeds=n`,
 * `--only=holdfast` (contenders whose names hold one of these), `--write` (into docs/performance.md).
 */
export async function runBenchmark(benchmark: string, parts: readonly Part[]): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      seeds: { type: 'string' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const names = parts.map(({ name }) => name);
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`there is no scenario ${unknown}; there are ${names.join(', ')}`);
  }
  const seedCount = Number(values.seeds ?? (values.quick ? 1 : DEFAULT_SEEDS));
  const wanted = values.only?.toLowerCase().split(',');
  const effort: Effort = {
    quick: values.quick,
    seeds: Array.from({ length: seedCount }, (_, index) => index + 1),
    choose: (contenders) =>
      contenders.filter(
        ({ name }) => wanted?.some((part) => name.toLowerCase().includes(part)) ?? true,
      ),
  };
  for (const part of parts) {
    if (positionals.length > 0 && !positionals.includes(part.name)) continue;
    await runPart(benchmark, part, effort, values.write);
  }
}

async function runPart(
  benchmark: string,
  part: Part,
  effort: Effort,
  writes: boolean,
): Promise<void> {
  const startedAt = performance.now();
  const texts: string[] = [];
  for await (const { title, header, rows, plots = {} } of part.measure(effort)) {
    console.log(`\n${title}\n\n${tableOf(header, rows)}`);
    const worlds = effort.seeds.length;
    texts.push(`${title} (worlds: ${worlds}):`, tableOf(header, rows));
    for (const [file, plot] of Object.entries(plots)) {
      texts.push(`![${plot.title}](plots/${file})`);
      if (writes) writePlot(file, plotText(plot));
    }
  }
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(`\n${part.name}: ${seconds} s, seeds: ${effort.seeds.length}`);
  if (writes) await writeText(`${benchmark} ${part.name}`, texts.join('\n\n'));
}
