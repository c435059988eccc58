import type { Call, ClientResult, Scenario } from './harm-scenario.ts';
import { tableOf } from './table.ts';

/** The table of one scenario, with what must be and whether it holds. */
export function scenarioText(scenario: Scenario, results: readonly ClientResult[]): string {
  const [bare] = results;
  if (bare === undefined) return '';
  const header = [
    'client',
    'calls',
    scenario.goodTitle,
    'p50 ms',
    'p99 ms',
    'sent per call',
    'extra to what fails',
    ...scenario.mustBe.map((_requirement, index) => letterOf(index)),
    'calls to what fails ended with',
  ];
  const rows = results.map((result) => [
    result.client,
    String(result.healthy.length),
    cutTo(result.okPercent, 1),
    milliseconds(result.p50),
    milliseconds(result.p99),
    result.sentPerCall.toFixed(2),
    String(result.sentToFailing - result.failing.length),
    ...scenario.mustBe.map(({ holds }) => (holds(result, bare) ? 'yes' : 'no')),
    endsOf(result.failing),
  ]);
  const unsettled = results.reduce((sum, result) => sum + result.unsettled, 0);
  const warning = unsettled === 0 ? '' : ` Time went on too early, ${unsettled} times.`;
  const mustBe = scenario.mustBe.map(({ text }, index) => `${letterOf(index)} ${text}`);
  return [
    `### Row ${scenario.row}: ${scenario.title}`,
    `${scenario.scaling}.${warning}`,
    `Must be: ${mustBe.join('; ')}.`,
    tableOf(header, rows),
  ].join('\n\n');
}

const letterOf = (index: number) => `(${String.fromCodePoint('a'.codePointAt(0)! + index)})`;

/** Which requirements holdfast meets. */
export function summaryText(
  outcomes: readonly { readonly row: string; readonly text: string; readonly holds: boolean }[],
): string {
  const rows = outcomes.map(({ row, text, holds }) => [row, text, holds ? 'yes' : 'no']);
  const met = outcomes.filter(({ holds }) => holds).length;
  return `### What holds for holdfast\n\n${tableOf(['row', 'must be', 'holds'], rows)}\n\n${met} of ${outcomes.length} hold`;
}

/** Never rounded up to what it does not reach: 99.97 stays below 100. */
const cutTo = (value: number, digits: number) =>
  (Math.floor(value * 10 ** digits) / 10 ** digits).toFixed(digits);

const milliseconds = (value: number) => (Number.isFinite(value) ? value.toFixed(0) : '-');

const MOST_ENDS = 4;

/** The ends of calls, the most frequent first: `500 71 %, CircuitOpenError 29 %`. */
function endsOf(calls: readonly Call[]): string {
  const counts = new Map<string, number>();
  for (const { end } of calls) counts.set(end, (counts.get(end) ?? 0) + 1);
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST_ENDS)
    .map(([end, count]) => `${end} ${cutTo((100 * count) / calls.length, 1)} %`)
    .join(', ');
}
