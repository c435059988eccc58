import { STATUS_CODES } from 'node:http';
import { exactDuration } from '../terminal/duration.ts';
import { oneLine } from '../terminal/one-line.ts';
import type { FailureExplanation } from './explain-failure.ts';
import type { ScheduledRetry } from './schedule.ts';

/** An explanation for a person to read. */
export function explanationText(explanation: FailureExplanation): string {
  const { method, catalog, classification, reason, source, schedule } = explanation;
  const { category, errorCode, message, retryAfterMs, unprocessed, decidedBy, rule } =
    classification;
  const rows: readonly (readonly [string, string])[] = [
    ['category', category],
    ['code', errorCode ?? 'none'],
    ['message', message ?? 'none'],
    ['wait', retryAfterMs === undefined ? 'the server does not say' : exactDuration(retryAfterMs)],
    ['processed', unprocessed ? 'no: nothing was done' : 'perhaps: it may have been acted on'],
    ['decided by', decidedBy],
    ['rule', rule],
    ['because', reason ?? 'none'],
    ['source', source ?? 'none'],
    ['catalog', catalog ? `${catalog.name} (by ${catalog.chosenBy})` : 'none'],
  ];
  return [
    `${titleOf(explanation)}: ${MEANING[category]}`,
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(11)} ${oneLine(value)}`),
    '',
    `What resilientFetch() does about a ${method}, by its defaults, if the same comes again`,
    ...schedule.retries.map((retry) => `  retry ${String(retry.retry).padEnd(5)} ${waitOf(retry)}`),
    `  ${schedule.retries.length === 0 ? 'no retry   ' : 'then       '} ${oneLine(
      schedule.stopsBecause ?? 'nothing: it is no failure',
    )}`,
    '',
  ].join('\n');
}

function titleOf({ status, error }: FailureExplanation): string {
  if (status === undefined) return oneLine(error?.name ?? 'An error');
  const phrase = STATUS_CODES[status];
  return `${status}${phrase ? ` ${phrase}` : ''}`;
}

const MEANING = {
  success: 'no failure',
  retryable: 'try again',
  throttle: 'slow down',
  fatal: 'fix the request',
} as const;

function waitOf({ earliestMs, latestMs }: ScheduledRetry): string {
  return earliestMs === latestMs
    ? `after ${exactDuration(earliestMs)}`
    : `after ${exactDuration(earliestMs)} to ${exactDuration(latestMs)}`;
}
