import type { FetchResult } from './around-fetch.ts';
import type { CallResult } from './call-cases.ts';
import type { Comparative } from './comparisons.ts';
import { loadNow, type Environment } from './environment.ts';
import { KEYS, type KeyResult } from './many-keys.ts';
import { digits, tableOf, withRange } from './table.ts';

/** The lines that tell what was measured, and how far to trust it. */
export function environmentText(environment: Environment): string {
  const { date, node, v8, undici, processor, cores, memoryGb, platform, loadBefore } = environment;
  const versions = Object.entries(environment.versions).map((pair) => pair.join(' '));
  return [
    `${date}, Node ${node} (V8 ${v8}, undici ${undici}), ${platform}, ${cores} cores (${processor}), ${memoryGb} GB`,
    `${versions.join(', ')}; holdfast compiled from ${environment.commit ?? 'src'} and loaded by its name`,
    `load before the run ${loadBefore.toFixed(2)}, now ${loadNow().toFixed(2)}`,
    'Each figure is a median over rounds, with the least and the greatest. Ratios are taken within a',
    'round. Absolute times drift with the machine and its other users: compare no two runs by them.',
  ].join('\n');
}

/** Calls in process. `processor` adds the column that shows what timers hide. */
export function callsText(
  title: string,
  results: readonly CallResult[],
  columns: 'all' | 'processor',
): string {
  const header =
    columns === 'all'
      ? ['case', '× the first', 'ns', 'ns, 64 at a time', 'bytes']
      : ['case', '× the first', 'µs', 'µs of processor', 'bytes'];
  const rows = results.map((result) => {
    const { name, ratio, sequentialNs, concurrentNs, processorNs, bytes, warnings } = result;
    const label = warnings.length === 0 ? name : `${name} [${warnings.join(', ')}]`;
    return columns === 'all'
      ? [
          label,
          withRange(ratio),
          withRange(sequentialNs),
          digits(concurrentNs.median),
          digits(bytes.median),
        ]
      : [
          label,
          withRange(ratio),
          withRange(inMicroseconds(sequentialNs)),
          digits(processorNs.median / 1000),
          digits(bytes.median),
        ];
  });
  return `\n## ${title}\n\n${tableOf(header, rows)}`;
}

const inMicroseconds = ({ median, min, max }: { median: number; min: number; max: number }) => ({
  median: median / 1000,
  min: min / 1000,
  max: max / 1000,
});

/** Who is cheaper at the same job, losses included. */
export function comparisonsText(comparatives: readonly Comparative[]): string {
  const rows = comparatives.map(({ job, ours, theirs, ratio, bytesRatio, cheaper }) => [
    `${job}: ${ours}`,
    theirs,
    withRange(ratio),
    digits(bytesRatio),
    cheaper,
  ]);
  const header = ['the same job', 'peer', 'time, holdfast ÷ peer', 'bytes', 'cheaper'];
  return `\n${tableOf(header, rows)}`;
}

export function fetchText(title: string, results: readonly FetchResult[]): string {
  const header = ['client', ...(results[0]?.at ?? []).flatMap(headerOf)];
  const rows = results.map(({ name, at }) => [
    name,
    ...at.flatMap(({ ratio, processorUs }) => [withRange(ratio), digits(processorUs.median)]),
  ]);
  return `\n## ${title}\n\n${tableOf(header, rows)}`;
}

const headerOf = ({ concurrency }: { concurrency: number }) => [
  `× bare, ${concurrency} at a time`,
  'µs of processor',
];

export function keysText(title: string, results: readonly KeyResult[]): string {
  const header = [
    `${KEYS.toLocaleString('en')} keys, used once`,
    'heap bytes a key',
    'intervals set',
    'timeouts set',
    'timers active',
    'idle CPU, % of a core',
  ];
  const rows = results.map((result) => [
    result.name,
    digits(result.heapBytes),
    String(result.intervalsSet),
    String(result.timeoutsSet),
    String(result.activeTimers),
    result.idlePercent.toFixed(1),
  ]);
  return `\n## ${title}\n\n${tableOf(header, rows)}`;
}
