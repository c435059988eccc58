import {
  STILL_WAITING,
  type Answer,
  type Asked,
  type Call,
  type Group,
  type Requirement,
  type Scenario,
} from './harm-scenario.ts';

const OK: Answer = { status: 200 };
const NOT_FOUND: Answer = { status: 404, body: '{"message":"There is no such thing"}' };
const BROKEN: Answer = { status: 500, body: '{"message":"Internal server error"}' };
const throttled = (headers: Record<string, string> = {}): Answer => ({
  status: 429,
  headers,
  body: '{"message":"Too many requests"}',
});

/** Whether the server accepts one more request in the present window, and if so counts it. */
function isWithin({ seconds, accepted }: Asked, limit: number, windowSeconds: number): boolean {
  const window = String(Math.floor(seconds / windowSeconds));
  const before = accepted.get(window) ?? 0;
  if (before < limit) accepted.set(window, before + 1);
  return before < limit;
}

/** Calls to several endpoints with ids in their paths, as a real API has them. */
const orders = (perSecond: number, more: Partial<Group> = {}): Group => ({
  name: 'healthy',
  perSecond,
  prefix: '/v1/',
  path: (index) => `/v1/${['orders', 'customers', 'items'][index % 3]}/${1000 + (index % 97)}`,
  ...more,
});
const failingGroup = (perSecond: number, path: string, more: Partial<Group> = {}): Group => ({
  name: 'failing',
  perSecond,
  prefix: path,
  path: () => path,
  ...more,
});

const named = (name: string) => (calls: readonly Call[]) =>
  calls.filter(({ group }) => group === name);

const okAtLeast = (percent: number, who = 'healthy calls'): Requirement => ({
  text: `${who} ≥ ${percent} %`,
  holds: ({ okPercent }) => okPercent >= percent,
});
/** Nobody who waited for a pause or a queue stays below it. */
const P50_TOLERANCE_MS = 250;
const p50AsBefore: Requirement = {
  text: `p50 as bare fetch’s (+ ${P50_TOLERANCE_MS} ms at most)`,
  holds: ({ p50 }, bare) => p50 <= bare.p50 + P50_TOLERANCE_MS,
};
const failingSentAtMost = (most: number): Requirement => ({
  text: `≤ ${most} requests for each dead call`,
  holds: ({ sentToFailing, failing }) => sentToFailing <= most * failing.length,
});

const DEFAULTS = {
  patienceSeconds: 20,
  healthy: named('healthy'),
  failing: 'failing',
  goodEnds: ['200'],
  goodTitle: 'healthy ok %',
  percentilesOf: 'good',
  latencyMs: 20,
} as const;

const oneThrottle = (part: string, perSecond: number, seconds: number): Scenario => ({
  ...DEFAULTS,
  row: `4${part}`,
  title: `one 429 without a hint on one endpoint, ${perSecond} calls/s on others`,
  scaling: `${seconds} s of callers`,
  seconds,
  groups: [failingGroup(2, '/v1/reports'), orders(perSecond)],
  answer: ({ group, count }) => (group === 'failing' && count === 2 ? throttled() : OK),
  mustBe: [okAtLeast(99), p50AsBefore],
});

const randomThrottles = (
  part: string,
  percent: number,
  perSecond: number,
  seconds: number,
): Scenario => ({
  ...DEFAULTS,
  row: `5${part}`,
  title: `${percent} % of the answers are 429, at random, ${perSecond} calls/s`,
  scaling: `${seconds} s of callers`,
  seconds,
  groups: [orders(perSecond)],
  failing: 'healthy',
  answer: ({ random }) => (random() < percent / 100 ? throttled() : OK),
  mustBe: [okAtLeast(99, 'calls')],
});

const deadRoute = (part: string, percent: number, seconds: number): Scenario => ({
  ...DEFAULTS,
  row: `37${part}`,
  title: `${percent} % of 100 calls/s go to an endpoint that always answers 500`,
  scaling: `${seconds} s of callers`,
  seconds,
  groups: [failingGroup(percent, '/v1/reports'), orders(100 - percent)],
  answer: ({ group }) => (group === 'failing' ? BROKEN : OK),
  mustBe: [okAtLeast(99), failingSentAtMost(0.3)],
});

const OUTAGE_SECONDS = 10;
/** How long after the first answer a circuit may let attempts in one by one. */
const HALF_OPEN_SECONDS = 1;

/** The calls that began when the client already had an answer of the server that is back. */
function afterFirstAnswer(calls: readonly Call[]): readonly Call[] {
  const answeredAt = Math.min(
    ...calls
      .filter(({ end }) => end === '404')
      .map(({ begunAt, durationMs }) => begunAt + durationMs / 1000),
  );
  // Without any answer all calls since the server is back count, and all have failed.
  const from = Number.isFinite(answeredAt) ? answeredAt + HALF_OPEN_SECONDS : OUTAGE_SECONDS;
  return calls.filter(({ begunAt }) => begunAt >= from);
}

/** The rows of issue 9 that are about what the other callers notice, in its order. */
export const SCENARIOS: readonly Scenario[] = [
  oneThrottle('a', 500, 5),
  oneThrottle('b', 150, 10),
  randomThrottles('a', 1, 100, 20),
  randomThrottles('b', 5, 20, 60),
  {
    ...DEFAULTS,
    row: '6',
    title: 'a poller gets 429 with Retry-After: 60 every 5 s, 20 calls/s elsewhere',
    scaling: '60 s of callers instead of 600 s, so 1,200 healthy calls instead of 12,000',
    seconds: 60,
    groups: [failingGroup(0.2, '/v1/reports'), orders(20)],
    answer: ({ group }) => (group === 'failing' ? throttled({ 'retry-after': '60' }) : OK),
    mustBe: [okAtLeast(99.2)],
  },
  {
    ...DEFAULTS,
    row: '7a',
    title: 'the quota of credential A is used up for 58 min (1 call/s), B makes 20 calls/s',
    scaling: '20 s of callers',
    seconds: 20,
    patienceSeconds: 10,
    groups: [
      failingGroup(1, '/v1/', { credential: 'Bearer tenant-a', path: () => '/v1/orders' }),
      orders(20, { credential: 'Bearer tenant-b' }),
    ],
    answer: ({ group }) => (group === 'failing' ? throttled({ 'retry-after': '3480' }) : OK),
    mustBe: [okAtLeast(99, 'calls of B'), p50AsBefore],
  },
  {
    ...DEFAULTS,
    row: '7b',
    title: 'GitHub: 2 searches/s, of which 30 a minute are allowed; 20 calls/s of `core`',
    scaling: '40 s of callers',
    seconds: 40,
    groups: [failingGroup(2, '/search/code'), orders(20, { prefix: '/' })],
    answer: (asked) => {
      if (asked.group !== 'failing' || isWithin(asked, 30, 60)) return OK;
      const resetMs = asked.epochMs + (60 - (asked.seconds % 60)) * 1000;
      return {
        status: 403,
        headers: {
          'x-ratelimit-resource': 'search',
          'x-ratelimit-limit': '30',
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(Math.ceil(resetMs / 1000)),
        },
        body: '{"message":"API rate limit exceeded for user ID 1."}',
      };
    },
    mustBe: [okAtLeast(99, '`core`'), p50AsBefore],
  },
  {
    ...DEFAULTS,
    row: '7c',
    title: 'Slack: 3 messages/s to a method that takes 1, Retry-After: 1; 20 calls/s of others',
    scaling: '20 s of callers',
    seconds: 20,
    groups: [
      failingGroup(3, '/api/chat.postMessage', { method: 'POST' }),
      orders(20, { prefix: '/' }),
    ],
    answer: (asked) =>
      asked.group !== 'failing' || isWithin(asked, 1, 1) ? OK : throttled({ 'retry-after': '1' }),
    mustBe: [okAtLeast(99, 'other methods'), p50AsBefore],
  },
  {
    ...DEFAULTS,
    row: '10a',
    title: '99 % of the answers are 404 and 1 % are 500, 200 calls/s',
    scaling: '9 s of callers; the row names no rate',
    seconds: 9,
    groups: [orders(200)],
    failing: 'healthy',
    goodEnds: ['404', '500'],
    goodTitle: 'answered %',
    answer: ({ random }) => (random() < 0.01 ? BROKEN : NOT_FOUND),
    mustBe: [{ text: 'the circuit never opens', holds: ({ healthy }) => !refusesAny(healthy) }],
  },
  {
    ...DEFAULTS,
    row: '10b',
    title: `503 for ${OUTAGE_SECONDS} s, then the server is back and answers 404, 100 calls/s`,
    scaling: '30 s of callers; each answer takes 100 ms; the row names no rate',
    seconds: 30,
    latencyMs: 100,
    groups: [orders(100)],
    failing: 'healthy',
    healthy: afterFirstAnswer,
    goodEnds: ['404'],
    goodTitle: 'answered % after the first answer',
    answer: ({ seconds }) => (seconds < OUTAGE_SECONDS ? { status: 503 } : NOT_FOUND),
    mustBe: [
      {
        text: `closed ${HALF_OPEN_SECONDS} s after the first answer: ≥ 99 %`,
        holds: ({ okPercent }) => okPercent >= 99,
      },
    ],
  },
  {
    ...DEFAULTS,
    row: '12',
    title: 'a 429 without a hint, for ever, 4 calls/s',
    scaling: `50 s of callers, and 160 s for the last of them; 200 calls instead of 1,000; the row names no rate`,
    seconds: 50,
    patienceSeconds: 160,
    groups: [failingGroup(4, '/v1/reports')],
    // A call that was never sent cannot have the server's answer: it is refused.
    healthy: (calls) => calls.filter(({ sent }) => sent > 0),
    goodEnds: ['429'],
    goodTitle: 'sent calls that ended with the 429, %',
    percentilesOf: 'all',
    answer: () => throttled(),
    mustBe: [
      {
        text: 'every call that was sent ends with the server’s answer',
        holds: ({ okPercent }) => okPercent === 100,
      },
      { text: 'p50 of those ≤ 10 s', holds: ({ p50 }) => p50 <= 10_000 },
      {
        text: 'every other call is refused in time, and told when to come back',
        holds: ({ failing }) => failing.filter(({ sent }) => sent === 0).every(isRefusedWithATime),
      },
    ],
  },
  // Ten calls a second to what is dead: eight seconds show little but the beginning.
  deadRoute('a', 10, 20),
  deadRoute('b', 30, 8),
  deadRoute('c', 50, 8),
];

/** None waits until the end of the run, which is well before its deadline. */
const isRefusedWithATime = ({ end, retryAfterMs = 0 }: Call) =>
  end !== STILL_WAITING && retryAfterMs > 0;

const refusesAny = (calls: readonly Call[]) => calls.some(({ end }) => !/^\d+$/.test(end));
