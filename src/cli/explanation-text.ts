import { STATUS_CODES } from 'node:http';
import type { FailureExplanation } from './explain.ts';
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
    ['wait', retryAfterMs === undefined ? 'the server does not say' : duration(retryAfterMs)],
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
    ? `after ${duration(earliestMs)}`
    : `after ${duration(earliestMs)} to ${duration(latestMs)}`;
}

/** Milliseconds in the units that suit them, exact to the millisecond. */
function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${milliseconds} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 120) return `${seconds} s`;
  const whole = Math.floor(seconds);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return `${shown.join(' ')} (${seconds} s)`;
}

// A server's words go to a terminal: no line breaks, and no control characters.
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 2_000);
}
