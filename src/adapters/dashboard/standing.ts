import type { CircuitSnapshot, FailureSnapshot, KeySnapshot, PauseSnapshot } from './snapshot.ts';
import { ageWords, countWords, rateWords, shareWords, waitWords } from './words.ts';

/** The word for how a key stands, the one that needs a person most first. */
export const STATES = [
  'open',
  'paused',
  'failing',
  'recovering',
  'throttled',
  'partly open',
  'waiting',
  'answers',
  'idle',
] as const;

export type State = (typeof STATES)[number];

/** How a key stands, and the sentence that says why and until when. */
export interface Standing {
  readonly state: State;
  /** Whether a person should look at it. */
  readonly needsAttention: boolean;
  /** Goes on from the name of the key. */
  readonly sentence: string;
}

/** Below this share of calls that succeed, with a failure in the last ten seconds, a key is failing. */
const FAILING_SHARE = 0.9;
const LEAST_CALLS = 5;
const RECENT_MS = 10_000;
const LONG_WAIT_MS = 1_000;

/** How a key stands at a moment. */
export function standingOf(key: KeySnapshot, now: number): Standing {
  const state = stateOf(key, now);
  return {
    state,
    needsAttention: STATES.indexOf(state) < STATES.indexOf('answers'),
    sentence: SENTENCES[state](key, now),
  };
}

const callsOf = ({ calls, turnedAway }: KeySnapshot['lastMinute']): number => calls + turnedAway;

/** The share of calls that ended well, and what it is taken from. */
export interface SuccessShare {
  readonly share: number;
  readonly of: string;
}

/** How many of the calls succeed: lately, or in the last minute where few came lately. */
export function successShare({ lately, lastMinute }: KeySnapshot): SuccessShare | undefined {
  const hasEnough = callsOf(lately) >= LEAST_CALLS;
  const counts = hasEnough ? lately : lastMinute;
  const { aborted, success } = counts;
  const judged = Math.max(callsOf(counts) - aborted, success);
  if (judged === 0) return undefined;
  return { share: success / judged, of: hasEnough ? 'of the last 15 s' : 'of the last minute' };
}

/** How many attempts there were for each call that was sent; `undefined` where none was. */
export function amplification({ lastMinute }: KeySnapshot): number | undefined {
  const { calls, success, retryable, throttle, fatal, aborted, notNeeded } = lastMinute;
  const attempts = success + retryable + throttle + fatal + aborted + notNeeded;
  return calls === 0 ? undefined : Math.max(1, attempts / calls);
}

function stateOf(key: KeySnapshot, now: number): State {
  const { circuit, lastMinute, trouble, waitingSince } = key;
  if (circuit?.state === 'open') return 'open';
  const hasOpenRoute = key.routes.some(({ state }) => state !== 'closed');
  // Where only one route is asked, its circuit is all there is.
  if (hasOpenRoute && key.lately.success === 0) return 'open';
  if (fleetStop(key) || wholePause(key) !== undefined) return 'paused';
  if (circuit?.state === 'half-open') return 'recovering';
  const isRecent = trouble !== null && now - trouble.lastAt < RECENT_MS;
  const isMostly = (category: string) => trouble?.failures[0]?.category === category;
  const failsOften =
    isRecent &&
    callsOf(lastMinute) >= LEAST_CALLS &&
    (successShare(key)?.share ?? 1) < FAILING_SHARE;
  if (failsOften && !isMostly('throttle')) return 'failing';
  if (failsOften || key.paces.length > 0 || key.pauses.length > 0) return 'throttled';
  if (hasOpenRoute) return 'partly open';
  if (waitingSince !== null && now - waitingSince > LONG_WAIT_MS) return 'waiting';
  return callsOf(lastMinute) + lastMinute.success > 0 ? 'answers' : 'idle';
}

const wholePause = ({ pauses }: KeySnapshot): PauseSnapshot | undefined =>
  pauses.find(({ route }) => route === null);

const fleetStop = ({ store }: KeySnapshot) => store?.stop ?? undefined;

const SENTENCES: Readonly<Record<State, (key: KeySnapshot, now: number) => string>> = {
  open: (key, now) => (key.circuit?.state === 'open' ? openWords(key, now) : routesWords(key, now)),
  paused: (key, now) => {
    const stop = fleetStop(key);
    if (stop !== undefined) return stopWords(key, stop, now);
    const pause = wholePause(key);
    return joined([
      'accepts nothing',
      troubleWords(key, pause?.because),
      pause && `next attempt ${inWords(pause.until - now)}`,
      waitersWords(key, now),
    ]);
  },
  recovering: (key, now) =>
    joined([
      `recovering${sinceWords(key.circuit, now)}`,
      `${rateWords(key.acceptedPerSecond)} accepted a second`,
      troubleWords(key, key.circuit?.because, 'after '),
      waitersWords(key, now),
    ]),
  failing: (key, now) =>
    joined([
      `failing${key.trouble ? ` for ${ageWords(now - key.trouble.since)}` : ''}`,
      troubleWords(key, undefined),
      successWords(key),
      waitersWords(key, now),
    ]),
  throttled: (key, now) => {
    const [pace] = key.paces;
    const [pause] = key.pauses;
    return joined([
      `throttled${key.trouble ? ` for ${ageWords(now - key.trouble.since)}` : ''}`,
      troubleWords(key, pause?.because),
      pace && `paced at ${rateWords(pace.ratePerSecond)} a second${ofRoute(pace.route)}`,
      pause && `${pause.route ?? 'all'} pauses, next attempt ${inWords(pause.until - now)}`,
      successWords(key),
      waitersWords(key, now),
    ]);
  },
  'partly open': routesWords,
  waiting: (key, now) => joined(['answers', rateSentence(key), waitersWords(key, now)]),
  answers: (key, now) =>
    joined([
      'answers',
      rateSentence(key),
      successWords(key),
      key.latency ? `median ${waitWords(key.latency.p50Ms)}` : undefined,
      key.trouble
        ? `${troubleWords(key, undefined, 'after ')}, the last ${ageWords(now - key.trouble.lastAt)} ago`
        : undefined,
    ]),
  idle: () => 'no calls in the last minute',
};

function openWords(key: KeySnapshot, now: number): string {
  const { circuit } = key;
  return joined([
    `${circuit?.isByHand ? 'opened by hand' : 'open'}${sinceWords(circuit, now)}`,
    troubleWords(key, circuit?.because),
    circuit?.isByHand ? 'until somebody closes it' : nextProbeWords(circuit, now),
    waitersWords(key, now),
  ]);
}

function routesWords(key: KeySnapshot, now: number): string {
  const [circuit, ...others] = key.routes.filter(({ state }) => state !== 'closed');
  if (circuit === undefined) return 'answers';
  return joined([
    `${key.lately.success > 0 ? 'answers, but ' : ''}${circuit.route} is ${circuit.state}${sinceWords(circuit, now)}`,
    troubleWords(key, circuit.because),
    nextProbeWords(circuit, now),
    others.length > 0 ? `and ${countWords(others.length, 'other route')}` : undefined,
    waitersWords(key, now),
  ]);
}

function stopWords(
  key: KeySnapshot,
  { since, until, throttles }: NonNullable<ReturnType<typeof fleetStop>>,
  now: number,
): string {
  const members = countWords(key.store?.members ?? 1, 'process', 'processes');
  return joined([
    `accepts nothing from ${members} for ${ageWords(now - since)}`,
    troubleWords(key, undefined) ?? countWords(throttles, 'throttle'),
    `one of them tries ${inWords(until - now)}`,
    waitersWords(key, now),
  ]);
}

const joined = (parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(', ');

const sinceWords = (circuit: CircuitSnapshot | null, now: number): string =>
  circuit?.since == null ? '' : ` for ${ageWords(now - circuit.since)}`;

const inWords = (ms: number): string => (ms <= 0 ? 'now' : `in ${waitWords(ms)}`);

const ofRoute = (route: string | null): string => (route === null ? '' : ` on ${route}`);

const nextProbeWords = (circuit: CircuitSnapshot | null, now: number): string | undefined =>
  circuit?.nextProbeAt == null
    ? undefined
    : circuit.nextProbeAt <= now
      ? 'probing now'
      : `next probe in ${waitWords(circuit.nextProbeAt - now)}`;

const rateSentence = ({ acceptedPerSecond }: KeySnapshot): string =>
  `${rateWords(acceptedPerSecond)} a second`;

function successWords(key: KeySnapshot): string | undefined {
  const share = successShare(key);
  if (share === undefined) return undefined;
  return share.share === 1 ? 'all calls succeed' : `${shareWords(share.share)} of calls succeed`;
}

function waitersWords({ waiting, waitingSince }: KeySnapshot, now: number): string | undefined {
  if (waiting === 0) return undefined;
  const oldest = waitingSince === null ? '' : `, the oldest for ${waitWords(now - waitingSince)}`;
  return `${countWords(waiting, 'call waits', 'calls wait')}${oldest}`;
}

/** The most frequent failure of the present trouble, or else the one that is given. */
function troubleWords(
  { trouble }: KeySnapshot,
  otherwise: FailureSnapshot | null | undefined,
  before = '',
): string | undefined {
  const most = trouble?.failures[0];
  if (most !== undefined) return `${before}${failureWords(most)} ×${most.times}`;
  return otherwise ? `${before}${failureWords(otherwise)}` : undefined;
}

/** The failure in a few words: status and code, or else the message. */
export function failureWords({ status, errorCode, message }: FailureSnapshot): string {
  const parts = [status === null ? '' : String(status), errorCode ?? ''].filter(
    (part) => part !== '',
  );
  return parts.length > 0 ? parts.join(' ') : (message ?? 'a failure without words');
}
