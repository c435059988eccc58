import { STATUS_CODES } from 'node:http';
import { shortDuration } from '../terminal/duration.ts';
import { oneLine } from '../terminal/one-line.ts';
import type { Paint, Tone } from '../terminal/paint.ts';
import { besides, wrapped } from '../terminal/wrap.ts';
import type { Advice } from './advice/advice.ts';
import { counted } from './advice/numbers.ts';
import type { Finding } from './findings.ts';
import type { Replay } from './replay.ts';
import type { Report, ServerReport } from './report.ts';
import { settingsCode } from './settings.ts';
import { effectText, retryText } from './verdict-text.ts';

/** How a report is laid out. */
export interface ReportLayout {
  readonly columns: number;
  readonly paint: Paint;
}

/** Longer lines are hard to read. */
const WIDEST = 110;
/** The commonest kinds of failure of a server; all of them are in the JSON. */
const MAX_SHOWN = 20;

const TONES: Readonly<Record<string, Tone>> = {
  fatal: 'bad',
  retryable: 'warning',
  throttle: 'warning',
  success: 'good',
};

/** A report for a person to read. */
export function diagnosisText(report: Report, { columns, paint }: ReportLayout): string {
  const layout = { columns: Math.min(columns, WIDEST), paint };
  const lines = [
    ...wrapped(overview(report), layout.columns),
    ...report.servers
      .filter(({ server }) => server.failures > 0)
      .flatMap((one) => [''].concat(serverLines(one, layout))),
    '',
    ...settingsLines(report, layout),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function overview({ format, diagnosis, servers }: Report): string {
  const { attempts, failures, broken, other, ungrouped, firstAt, lastAt } = diagnosis;
  const span = firstAt === undefined || lastAt === undefined ? 0 : lastAt - firstAt;
  const sentences = [
    `${counted(attempts, 'request')}${span > 0 ? ` in ${shortDuration(span)}` : ''}, ${failures === 0 ? 'none' : failures.toLocaleString('en-US')} failed.`,
    `Read as ${format}.`,
  ];
  if (broken > 0) sentences.push(`${counted(broken, 'line')} could not be read.`);
  if (other > 0) sentences.push(`${counted(other, 'line')} told of no request.`);
  if (ungrouped > 0)
    sentences.push(`${counted(ungrouped, 'failure')} were too varied to be shown.`);
  const healthy = servers.filter(({ server }) => server.failures === 0).length;
  if (healthy > 0 && failures > 0) sentences.push(`${counted(healthy, 'server')} had no failure.`);
  return sentences.join(' ');
}

function serverLines(report: ServerReport, layout: ReportLayout): readonly string[] {
  const { server, findings, replay } = report;
  const { origin, catalog, calls, failures } = server;
  const name = origin ?? 'Requests of unknown address';
  const about = [
    `${failures.toLocaleString('en-US')} of ${counted(calls, 'request')} failed`,
    catalog === undefined ? 'no catalog' : `catalog ${catalog.name}`,
  ].join(', ');
  const shown = findings.slice(0, MAX_SHOWN);
  const rest = findings.slice(MAX_SHOWN).reduce((sum, { group }) => sum + group.count, 0);
  return [
    layout.paint('strong', name),
    ...indented(about, layout),
    ...shown.flatMap((finding) => [''].concat(findingLines(finding, layout))),
    ...(rest > 0 ? ['', `  ${counted(rest, 'failure')} of other kinds: --json has them`] : []),
    ...(replay === undefined
      ? []
      : ['', ...row('in all', replayText(replay, report), { ...layout, column: 12, indent: 2 })]),
  ];
}

const indented = (text: string, { columns }: ReportLayout): readonly string[] =>
  wrapped(text, columns - 2).map((line) => `  ${line}`);

interface RowLayout {
  readonly columns: number;
  readonly column: number;
  readonly indent: number;
}

const row = (name: string, text: string, { columns, column, indent }: RowLayout) =>
  besides(name, oneLine(text), { indent, column, width: columns });

function findingLines(finding: Finding, layout: ReportLayout): readonly string[] {
  const { group, reason, source } = finding;
  const { classification, routes, count } = group;
  const { category } = classification;
  const place = { ...layout, column: 14, indent: 4 };
  const because = [reason ?? group.rule, source].filter(Boolean).join(' · ');
  return [
    ...titleLines(`${count} × ${titleOf(finding)}:`, category, layout),
    ...row('at', routesText(routes), place),
    ...row('because', because, place),
    ...row('retried', retryText(finding), place),
    ...row('others', effectText(finding), place),
  ];
}

/** The category stands on a line of its own where there is no room for it. */
function titleLines(title: string, category: string, { columns, paint }: ReportLayout) {
  const lines = wrapped(title, columns - 4).map((line, index) =>
    paint('strong', `${index === 0 ? '  ' : '    '}${line}`),
  );
  const shown = paint(TONES[category] ?? 'strong', category);
  const fits = lines.length === 1 && title.length + category.length + 3 <= columns;
  return fits ? [`${lines[0]} ${shown}`] : [...lines, `    ${shown}`];
}

function titleOf({ group: { status, errorName, errorCode } }: Finding): string {
  const title = status === undefined ? errorName : `${status} ${STATUS_CODES[status] ?? ''}`;
  return oneLine([title?.trim(), errorCode].filter(Boolean).join(', '));
}

function routesText(routes: ReadonlyMap<string, number>): string {
  const inOrder = [...routes].toSorted(([, one], [, other]) => other - one);
  const shown = inOrder.slice(0, 3).map(([route, count]) => `${route} (${count})`);
  const rest = inOrder.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function replayText(replay: Replay, { server }: ServerReport): string {
  const { attempts, opened, refusedByCircuit, refusedByLimit, heldBack, longestWaitMs } = replay;
  const hasSuccesses = server.calls > server.failures;
  const sentences = [`Played through holdfast's defaults, ${counted(attempts, 'request')}:`];
  const [first] = opened;
  if (first === undefined) sentences.push('no circuit would have opened.');
  else {
    const at = new Date(first.at).toISOString().replace('T', ' ').slice(0, 19);
    const whose = first.route === undefined ? 'the circuit' : `the circuit of ${first.route} alone`;
    const times = opened.length === 1 ? '' : ` and ${opened.length - 1} more after it`;
    sentences.push(
      `${whose} would have opened at ${at} UTC${times}; ${counted(refusedByCircuit, 'request')} would have been refused unsent.`,
    );
  }
  if (heldBack > 0) {
    const longest = shortDuration(longestWaitMs);
    sentences.push(`${counted(heldBack, 'request')} would have waited, ${longest} at most.`);
  }
  if (refusedByLimit > 0) {
    sentences.push(
      `${counted(refusedByLimit, 'request')} would have been refused by the limiter, since the server accepted nothing.`,
    );
  }
  if (!hasSuccesses) {
    sentences.push('The log has failures only: each success between them lowers these numbers.');
  }
  if (server.notPlayed > 0) {
    sentences.push(
      `${counted(server.notPlayed, 'request')} could not be played: no time, or too many.`,
    );
  }
  return sentences.join(' ');
}

function settingsLines({ advice, settings }: Report, layout: ReportLayout): readonly string[] {
  const { paint } = layout;
  if (advice.length === 0) {
    return [
      paint('strong', 'Settings'),
      ...indented('The log shows no need of any: the defaults fit.', layout),
    ];
  }
  const code = settingsCode(settings);
  return [
    paint('strong', 'Settings'),
    ...advice.flatMap((one) => adviceLines(one, layout)),
    ...(code.length === 0 ? [] : ['', ...code.map((line) => `  ${line}`)]),
  ];
}

function adviceLines({ setting, origin, advice, evidence }: Advice, layout: ReportLayout) {
  const heading = origin === undefined ? setting : `${setting} for ${origin}`;
  const { paint } = layout;
  const within = { ...layout, columns: layout.columns - 2 };
  return [
    `  ${paint('accent', heading)}`,
    ...indented(oneLine(advice), within).map((line) => `  ${line}`),
    ...indented(oneLine(evidence), within).map((line) => paint('faint', `  ${line}`)),
  ];
}
