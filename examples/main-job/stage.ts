import {
  isResilienceError,
  reportOf,
  resilientFetch,
  type Fetch,
  type ResilienceError,
  type ResilienceEvent,
} from 'holdfast';
import { ondemand } from 'holdfast/catalogs';
import { resultFetch } from 'holdfast/result';
import { faultyServer } from 'holdfast/testing';
import { PlainStory } from './plain-story.ts';
import type {
  Caller,
  Observation,
  Outcome,
  Result,
  Situation,
  Stage,
  TimedEvent,
  Way,
} from './situation.ts';

/** Watches a situation while it runs. */
export interface Spectator {
  event(event: TimedEvent): void;
  /** What has come of plain fetch so far. */
  plainly(lines: readonly string[]): void;
  progress(lines: readonly string[]): void;
}

/** Short waits, for people who watch. All other options have holdfast's own defaults. */
const PATIENCE = { maxRetries: 3, baseDelayMs: 100, maxDelayMs: 400 };

const WAYS: readonly Way[] = ['resilientFetch', 'resultFetch'];

/** How long plain fetch may wait for an answer, in milliseconds: by itself it waits for minutes. */
export const PLAIN_PATIENCE_MS = 1_000;

/** Runs a situation, each way on a server of its own, and compares what was seen with what was expected. */
export async function runSituation(situation: Situation, spectator: Spectator): Promise<Result> {
  const startedAt = performance.now();
  const ways = situation.ways === 'each' ? WAYS : (['both ways'] as const);
  const silent: Spectator = {
    event: () => undefined,
    plainly: () => undefined,
    progress: () => undefined,
  };
  // The two do the same; one is enough to watch.
  const watched = ways.map((way, index) =>
    observe(situation, way, index === 0 ? spectator : silent),
  );
  const plain: Spectator = { ...silent, plainly: (lines) => spectator.plainly(lines) };
  const [plainly, ...seen] = await Promise.all([observe(situation, 'fetch', plain), ...watched]);
  const differences = seen.flatMap((observation) =>
    situation.expected.flatMap(({ words, differs }) => {
      const difference = differs(observation);
      return difference === undefined
        ? []
        : [`${observation.way}: expected ${words}; ${difference}`];
    }),
  );
  return { situation, seen, plainly, differences, tookMs: performance.now() - startedAt };
}

async function observe(
  situation: Situation,
  way: Observation['way'],
  spectator: Spectator,
): Promise<Observation> {
  await using server = await faultyServer();
  const events: TimedEvent[] = [];
  const outcomes: Outcome[] = [];
  const plainStory = new PlainStory(performance.now());
  const marks = new Map<string, number>();
  const sent: number[] = [];
  const watchedFetch: Fetch = (input, init) => {
    sent.push(performance.now());
    return globalThis.fetch(input, init);
  };
  const wrapped = fetchOf(situation, watchedFetch, (event) => {
    const timed = { at: performance.now(), event };
    events.push(timed);
    spectator.event(timed);
  });
  const stage: Stage = {
    server,
    events,
    async call(target, init, asked = 'resilientFetch') {
      const url = target.startsWith('http') ? target : server.url + target;
      const caller = way === 'both ways' ? asked : way;
      if (caller === 'fetch') {
        plainStory.asks();
        spectator.plainly(plainStory.lines);
      }
      const outcome = await CALLS[caller](wrapped, url, init);
      outcomes.push(outcome);
      if (caller === 'fetch') {
        plainStory.gets(outcome);
        spectator.plainly(plainStory.lines);
      }
      return outcome;
    },
    mark: (moment) => void marks.set(moment, performance.now()),
    progress: (...lines) => spectator.progress(lines),
  };
  const startedAt = performance.now();
  await situation.act(stage);
  return {
    way,
    requests: [...server.requests],
    counts: server.counts,
    sent,
    bodiesByIdempotencyKey: new Map(server.bodiesByIdempotencyKey),
    events,
    outcomes,
    marks,
    tookMs: performance.now() - startedAt,
  };
}

/** The fetch of a situation: short waits, and otherwise as it says. */
export function fetchOf(
  { options }: Situation,
  fetch: Fetch,
  onEvent?: (event: ResilienceEvent) => void,
): Fetch {
  return resilientFetch(fetch, {
    catalog: ondemand,
    ...options,
    retry: options?.retry === false ? false : { ...PATIENCE, ...options?.retry },
    onEvent,
  });
}

type MakeCall = (fetch: Fetch, url: string, init?: RequestInit) => Promise<Outcome>;

const CALLS: Readonly<Record<Caller, MakeCall>> = {
  resilientFetch: callThrough,
  resultFetch: callForResult,
  fetch: (_wrapped, url, init) => callPlainly(url, init),
};

async function callPlainly(url: string, init: RequestInit = {}): Promise<Outcome> {
  const startedAt = performance.now();
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PLAIN_PATIENCE_MS);
  const signals = init.signal ? [init.signal, patience.signal] : [patience.signal];
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.any(signals) });
    return await fromResponse('fetch', startedAt, response);
  } catch (error) {
    return fromError('fetch', startedAt, error, patience.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

/** Makes one call through a wrapped fetch, and says what came of it. */
export async function callThrough(fetch: Fetch, url: string, init?: RequestInit): Promise<Outcome> {
  const startedAt = performance.now();
  try {
    return await fromResponse('resilientFetch', startedAt, await fetch(url, init));
  } catch (error) {
    return fromError('resilientFetch', startedAt, error);
  }
}

async function callForResult(fetch: Fetch, url: string, init?: RequestInit): Promise<Outcome> {
  const startedAt = performance.now();
  const result = await resultFetch(fetch)(url, init);
  return result.isOk()
    ? fromResponse('resultFetch', startedAt, result.value)
    : fromError('resultFetch', startedAt, result.error);
}

async function fromResponse(way: Caller, startedAt: number, response: Response): Promise<Outcome> {
  const report = reportOf(response);
  const { text, body } = await readBody(response);
  const at = performance.now();
  const { status } = response;
  const errorCode = errorCodeIn(text);
  return { way, gave: 'response', status, errorCode, body, report, tookMs: at - startedAt, at };
}

function fromError(way: Caller, startedAt: number, error: unknown, isGivenUp = false): Outcome {
  const ours = isResilienceError(error) ? error : undefined;
  const at = performance.now();
  return {
    way,
    gave: 'error',
    error,
    kind: ours?.kind,
    retryAfterMs: ours?.retryAfterMs,
    isGivenUp,
    report: reportOf(error) ?? reportOfOurs(ours),
    tookMs: at - startedAt,
    at,
  };
}

function reportOfOurs(error: ResilienceError | undefined): Outcome['report'] {
  if (error === undefined) return undefined;
  const { callId, key, attempts, message } = error;
  return { callId, key, attempts, stoppedBecause: message, answeredBy: undefined };
}

async function readBody(
  response: Response,
): Promise<{ text: string; body: 'whole' | 'broken off' }> {
  try {
    return { text: await response.text(), body: 'whole' };
  } catch {
    return { text: '', body: 'broken off' };
  }
}

/** The code of an error in a body: JSON, or an event of a stream. */
function errorCodeIn(text: string): string | undefined {
  const [, event] = /^data: \[ERROR\]:(.*)$/m.exec(text) ?? [];
  try {
    const body = JSON.parse(event ?? text) as {
      errorCode?: string;
      error?: { errorCode?: string };
    };
    return body.errorCode ?? body.error?.errorCode;
  } catch {
    return undefined;
  }
}
