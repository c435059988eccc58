import { CONCURRENCIES, type RequestResult } from './around-requests.ts';
import type { CallResult } from './call-cases.ts';
import type { ImportResult } from './cold-import.ts';
import type { Comparative } from './comparisons.ts';
import { loadNow, type Environment } from './environment.ts';
import { KEYS, type KeyResult } from './many-keys.ts';
import { figureOf, ratioOf } from './measured.ts';
import { scaled } from './spread.ts';
import { digits, tableOf, withRange } from './table.ts';
import type { Outcome } from './targets.ts';

/** The lines that tell what was measured, and how far to trust it. */
export function environmentText(environment: Environment): string {
  const { date, node, v8, builtInUndici, processor, cores, memoryGb, platform, loadBefore } =
    environment;
  const versions = Object.entries(environment.versions).map((pair) => pair.join(' '));
  return [
    `${date}, Node ${node} (V8 ${v8}, undici ${builtInUndici}), ${platform}, ${cores} cores (${processor}), ${memoryGb} GB`,
    `${versions.join(', ')}; holdfast as built from ${environment.commit ?? 'src'}`,
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
    const { name, warnings } = result;
    const label = warnings.length === 0 ? name : `${name} [${warnings.join(', ')}]`;
    const ratio = withRange(ratioOf(result, results[0] ?? result, 'sequentialNs'));
    const sequentialNs = figureOf(result, 'sequentialNs');
    const bytes = withRange(figureOf(result, 'bytes'));
    return columns === 'all'
      ? [
          label,
          ratio,
          withRange(sequentialNs),
          digits(figureOf(result, 'concurrentNs').median),
          bytes,
        ]
      : [
          label,
          ratio,
          withRange(scaled(sequentialNs, 1000)),
          digits(figureOf(result, 'processorNs').median / 1000),
          bytes,
        ];
  });
  return `\n## ${title}\n\n${tableOf(header, rows)}`;
}

/** Who is cheaper at the same job, losses included. */
export function comparisonsText(comparatives: readonly Comparative[]): string {
  const titles = comparatives[0]?.ratios.map(({ title }) => title) ?? [];
  const header = [
    'the same job',
    'peer',
    ...titles.map((title) => `${title}, holdfast ÷ peer`),
    'cheaper',
  ];
  const rows = comparatives.map(({ job, ours, theirs, ratios, cheaper }) => [
    `${job}: ${ours}`,
    theirs,
    ...ratios.map(({ ratio }) => withRange(ratio)),
    cheaper,
  ]);
  return `\n${tableOf(header, rows)}`;
}

/** Requests to a server, by the processor time of the client and by the wall clock. */
export function requestsText(title: string, results: readonly RequestResult[]): string {
  const parts = CONCURRENCIES.map((concurrency) => {
    const header = [
      `client, ${concurrency} at a time`,
      'processor, × the first',
      'µs',
      'wall clock, × the first',
      'µs',
    ];
    const rows = results.map((result) => [
      result.name,
      ...(['processorUs', 'wallUs'] as const).flatMap((clock) => {
        const figure = `${clock} at ${concurrency}` as const;
        return [
          withRange(ratioOf(result, results[0] ?? result, figure)),
          digits(figureOf(result, figure).median),
        ];
      }),
    ]);
    return tableOf(header, rows);
  });
  return `\n## ${title}\n\n${parts.join('\n\n')}`;
}

export function importsText(title: string, results: readonly ImportResult[]): string {
  const rows = results.map((result) => [result.name, withRange(figureOf(result, 'ms'))]);
  return `\n## ${title}\n\n${tableOf(['import', 'ms'], rows)}`;
}

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
    digits(figureOf(result, 'heapBytes').median),
    String(figureOf(result, 'intervalsSet').median),
    String(figureOf(result, 'timeoutsSet').median),
    String(figureOf(result, 'activeTimers').median),
    figureOf(result, 'idlePercent').median.toFixed(1),
  ]);
  return `\n## ${title}\n\n${tableOf(header, rows)}`;
}

/** The jobs that a peer does for less in every round. */
export function lossesText(comparatives: readonly Comparative[]): string {
  const lost = comparatives.filter(({ cheaper }) => cheaper === 'the peer');
  if (lost.length === 0) return '\n## Losses\n\nNone in this run.';
  const lines = lost.map(
    ({ ours, theirs, ratios }) =>
      `- ${ours} costs ${ratios.map(({ title, ratio }) => `${digits(ratio.median)} × the ${title}`).join(' and ')} of ${theirs}`,
  );
  return `\n## Losses\n\n${lines.join('\n')}`;
}

/** The targets: the medians decide, and a remark tells where the rounds disagree. */
export function targetsText(outcomes: readonly Outcome[]): string {
  const header = ['target', 'at most', 'measured', ''];
  const rows = outcomes.map(({ title, atMost, unit, measured, met, roundsDisagree }) => [
    title,
    `${atMost} ${unit}`,
    `${withRange(measured)} ${unit}`,
    `${met ? 'met' : 'missed'}${roundsDisagree ? ', rounds disagree' : ''}`,
  ]);
  const met = outcomes.filter((outcome) => outcome.met).length;
  return `\n## Targets\n\n${tableOf(header, rows)}\n\n${met} of ${outcomes.length} met`;
}
