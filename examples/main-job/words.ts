import type { Classification, ResilienceEvent } from 'holdfast';
import {
  retryAfterHeader,
  type Fault,
  type ReceivedRequest,
  type RetryAfterHint,
} from 'holdfast/testing';
import type { Observation, Outcome, Situation } from './situation.ts';

/** A duration for a person: two decimals below a second, none from a minute on. */
export function seconds(ms: number): string {
  const decimals = ms >= 60_000 ? 0 : ms >= 995 || ms === 0 ? 1 : 2;
  return `${(ms / 1000).toFixed(decimals)} s`;
}

export const count = (amount: number, noun: string) =>
  `${amount} ${noun}${amount === 1 ? '' : 's'}`;

/** The server's answers, in the order of the requests: `2 × 503, then 200`. */
export function serverWords({ requests }: Observation): string {
  if (requests.length === 0) return 'never heard of it';
  const runs: { words: string; times: number }[] = [];
  for (const request of requests) {
    const words = answerWords(request);
    const last = runs.at(-1);
    if (last?.words === words) last.times += 1;
    else runs.push({ words, times: 1 });
  }
  if (runs.length <= 3)
    return runs.map(({ words, times }) => repeated(words, times)).join(', then ');
  const totals = new Map<string, number>();
  for (const { words, times } of runs) totals.set(words, (totals.get(words) ?? 0) + times);
  return [...totals].map(([words, times]) => repeated(words, times)).join(', ');
}

export const repeated = (words: string, times: number) =>
  times === 1 ? words : `${times} × ${words}`;

function answerWords({ fault, status }: ReceivedRequest): string {
  return fault === undefined ? 'nothing' : faultWords(fault, status);
}

function faultWords(fault: Fault, status: number | undefined): string {
  switch (fault.kind) {
    case 'none':
    case 'answer':
      return String(status);
    case 'error': {
      const { retryAfter, paddedToBytes } = fault;
      const size = paddedToBytes ? ` of ${Math.round(paddedToBytes / 1024)} KiB` : '';
      return `${fault.status}${size}${retryAfter ? ` (${hintWords(retryAfter)})` : ''}`;
    }
    case 'reset':
      return fault.when === 'mid-body' ? 'reset mid-body' : 'connection reset';
    case 'slow-headers':
      return `${status ?? 'nothing'} after ${seconds(fault.delayMs)}`;
    case 'slow-body':
      return `${status}, its body over ${seconds((fault.pieces - 1) * fault.everyMs)}`;
    case 'truncated-body':
      return 'half a body';
    case 'never-answers':
      return 'silence';
    case 'not-http':
      return 'no HTTP';
  }
}

function hintWords({ form, ms }: RetryAfterHint): string {
  switch (form) {
    case 'seconds':
    case 'float-seconds':
    case 'retry-after-ms':
      return retryAfterHeader(form, ms, 0).join(': ').replace('retry-after:', 'Retry-After:');
    default:
      return `Retry-After: a date, ${seconds(ms)} away`;
  }
}

/** The outcome of a caller: `200`, `400 invalid_request`, `Err(network)`, `TypeError: fetch failed`. */
export function callerWords(outcome: Outcome): string {
  const { way } = outcome;
  if (outcome.gave === 'response') {
    const code = outcome.errorCode ? ` ${outcome.errorCode}` : '';
    const torn = outcome.body === 'whole' ? '' : ', its body broken off';
    return way === 'resultFetch'
      ? `Ok(${outcome.status})${torn}`
      : `${outcome.status}${code}${torn}`;
  }
  const hint =
    outcome.retryAfterMs === undefined ? '' : `, back in ${seconds(outcome.retryAfterMs)}`;
  if (way === 'resultFetch') {
    const { status = '' } = outcome.error as { status?: number };
    return `Err(${`${outcome.kind ?? 'none of ours'} ${status}`.trim()}${hint})`;
  }
  if (outcome.isGivenUp) return `nothing within ${seconds(outcome.tookMs)}`;
  const { name, message } = outcome.error as Error;
  return outcome.kind === undefined ? `${name}: ${message}` : `${name}${hint}`;
}

/** The outcome of one caller each way, or the outcomes of a crowd with their numbers. */
export function callersWords(seen: readonly Observation[]): string {
  const outcomes = seen.flatMap((observation) => observation.outcomes);
  if (outcomes.length === 0) return 'nothing';
  if (outcomes.length <= 2) return outcomes.map(callerWords).join(' · ');
  const totals = new Map<string, number>();
  for (const outcome of outcomes) {
    // Each refusal says another time to come back, and they count as one outcome.
    const words = callerWords(outcome).replace(/,? back in [\d.]+ s| [a-z]+_[a-z_]+/g, '');
    totals.set(words, (totals.get(words) ?? 0) + 1);
  }
  return [...totals].map(([words, times]) => repeated(words, times)).join(' · ');
}

export function classificationWords({ category, errorCode }: Classification): string {
  return errorCode === undefined ? category : `${category} (${errorCode})`;
}

/** An event, in words. */
export function eventWords(event: ResilienceEvent): string {
  switch (event.type) {
    case 'stream-failed':
      return `attempt ${event.attempt}: its stream failed after ${seconds(event.durationMs)} → ${classificationWords(event.classification)}`;
    case 'attempt-ended': {
      const { category, status, retryAfterMs } = event.classification;
      if (category === 'success') return `attempt ${event.attempt} went well`;
      const hint = retryAfterMs === undefined ? '' : `, server says ${seconds(retryAfterMs)}`;
      return `attempt ${event.attempt}: ${status ?? 'no answer'} → ${classificationWords(event.classification)}${hint}`;
    }
    case 'retry-scheduled':
      return `wait ${seconds(event.waitMs)}, then attempt ${event.attempt}`;
    case 'gave-up':
      return `stop after ${count(event.attempts, 'attempt')}: ${event.because}`;
    case 'queued':
      return `attempt ${event.attempt} waits for a token, about ${seconds(event.waitMs)}`;
    case 'key-paused':
      return `everybody pauses for ${seconds(event.pauseMs)}`;
    case 'refused':
      return `refused by the ${event.by}: ${event.because}${event.retryAfterMs === undefined ? '' : `, back in ${seconds(event.retryAfterMs)}`}`;
    case 'circuit-changed':
      return `circuit ${event.from} → ${event.to}${event.openMs ? ` for ${seconds(event.openMs)}` : ''}`;
    case 'timed-out':
      return `attempt ${event.attempt} ran out of its ${seconds(event.timeoutMs)}`;
    case 'nested-retry':
      return `the client inside retries too: its retry ${event.announcedRetries}`;
    case 'fallback-used':
      return `the fallback answers (${event.from})`;
    case 'fallback-failed':
      return `the fallback fails too: ${event.classification.rule}`;
    case 'hedged':
      return `attempt ${event.attempt} goes beside the first (${event.because})`;
    case 'failed-over':
      return `attempt ${event.attempt} failed at ${event.key}, go on at ${event.to}`;
    case 'endpoint-out':
      return `${event.key} is passed over for ${seconds(event.outMs)}`;
    case 'endpoint-back':
      return `${event.key} is back`;
    case 'coalesced':
      return `${count(event.callers, 'call')} share one request`;
    case 'store-error':
      return `the store of the shared limit fails: ${event.kind}`;
    case 'store-recovered':
      return `the store of the shared limit answers again`;
    case 'fleet-stopped':
      return `all processes pause for ${seconds(event.pauseMs)}`;
    case 'fleet-resumed':
      return `all processes go on`;
  }
}

/** The work of holdfast: attempts, waits, classification, tokens, circuit. */
export function holdfastWords(seen: Observation, { note }: Situation): string {
  const parts = seen.outcomes.length === 1 ? oneCallWords(seen) : manyCallsWords(seen);
  const pauses = seen.events.flatMap(({ event }) =>
    event.type === 'key-paused' ? [event.pauseMs] : [],
  );
  if (pauses.length > 0) parts.push(`key paused ${seconds(Math.max(...pauses))}`);
  parts.push(`circuit ${circuitPath(seen).join(' → ')}`);
  const remark = note?.(seen);
  if (remark !== undefined) parts.push(remark);
  return parts.join('; ');
}

function oneCallWords({ outcomes: [outcome] }: Observation): string[] {
  const attempts = outcome?.report?.attempts ?? [];
  const waits = attempts.slice(1).map(({ waitedMs, queuedMs }) => seconds(waitedMs + queuedMs));
  const parts = [count(attempts.length, 'attempt')];
  if (waits.length > 0) parts.push(`waited ${waits.join(', ')}`);
  const first = attempts[0]?.classification;
  if (first && first.category !== 'success') parts.push(classificationWords(first));
  return parts;
}

function manyCallsWords({ outcomes, requests, events }: Observation): string[] {
  const refused = outcomes.filter(
    (outcome) => outcome.gave === 'error' && outcome.kind === 'circuit-open',
  );
  const queued = events.filter(({ event }) => event.type === 'queued').length;
  const parts = [`${outcomes.length} calls → ${requests.length} requests`];
  if (queued > 0) parts.push(`tokens: ${count(queued, 'attempt')} waited in line`);
  if (refused.length > 0) parts.push(`${refused.length} refused without asking`);
  return parts;
}

/** The states that the circuit went through, beginning with closed; a long history is cut short. */
function circuitPath({ events }: Observation): string[] {
  const path = ['closed'];
  for (const { event } of events) if (event.type === 'circuit-changed') path.push(event.to);
  return path.length <= 4
    ? path
    : [...path.slice(0, 2), `… ${count(path.length - 3, 'more change')}`, path.at(-1)!];
}
