import { CLASSIC_CIRCUIT_DEFAULTS, RETRY_DEFAULTS } from 'holdfast';
import { ondemandFault } from 'holdfast/testing';
import {
  callerGets,
  circuit,
  circuitStates,
  holds,
  requests,
  unless,
  verdict,
} from '../expectations.ts';
import type { Observation, Situation, Stage, Way } from '../situation.ts';
import { CELL_MS, circuitStrip, requestStrip } from '../timeline.ts';
import { count, seconds } from '../words.ts';

const GROUP = 'An outage, and the way back';

/** Timeouts, waits, callers and the outage run this much faster than in life. */
export const SPEED = 10;
const CALLERS = 50;
const HEALTHY_MS = 10_000 / SPEED;
const OUTAGE_MS = 20_000 / SPEED;
const THINKING_MS = 2_000 / SPEED;
/** How long the circuit can stay open after two failed probes, its jitter included. */
const LONGEST_RETURN_MS = (CLASSIC_CIRCUIT_DEFAULTS.openMs * 8 * 1.1) / SPEED;
/** How many columns a picture has at most. */
const WIDEST = 75;

interface Span {
  startedAt: number;
  endedAt: number;
}

/** The beginning and the end of the outage, by `performance.now()`. */
const spanOf = ({ marks }: Observation): Span => ({
  startedAt: marks.get('outage') ?? Infinity,
  endedAt: marks.get('back') ?? Infinity,
});

async function liveThroughIt(stage: Stage): Promise<void> {
  const { server, events } = stage;
  const span: Span = { startedAt: Infinity, endedAt: Infinity };
  const begunAt = performance.now();
  const servedAgain = new Set<number>();
  let calls = 0;

  const caller = async (number: number) => {
    const way: Way = number % 2 === 0 ? 'resilientFetch' : 'resultFetch';
    await sleep((THINKING_MS * number) / CALLERS);
    while (!servedAgain.has(number)) {
      calls += 1;
      const startedAt = performance.now();
      const outcome = await stage.call('/plugin/v1/list', {}, way);
      if (startedAt > span.endedAt && outcome.gave === 'response' && outcome.status === 200) {
        servedAgain.add(number);
      } else if (performance.now() > span.endedAt + 2 * LONGEST_RETURN_MS) {
        return;
      }
      await sleep(THINKING_MS);
    }
  };

  const show = () => {
    const now = performance.now();
    const phase =
      now < span.startedAt ? 'healthy' : now < span.endedAt ? 'OUTAGE' : 'the server is back';
    stage.progress(
      `${phase} at ${seconds((now - begunAt) * SPEED)} of life (${seconds(now - begunAt)} here) · ${calls} calls → ${server.counts.requests} requests · circuit ${circuitStates({ events } as Observation).last}`,
      requestStrip(server.requests, begunAt, now),
    );
  };
  const ticker = setInterval(show, CELL_MS);
  const conductor = async () => {
    await sleep(HEALTHY_MS);
    stage.mark('outage');
    span.startedAt = performance.now();
    server.startOutage();
    await sleep(OUTAGE_MS);
    stage.mark('back');
    span.endedAt = performance.now();
    server.endOutage();
  };
  await Promise.all([
    conductor(),
    ...Array.from({ length: CALLERS }, (_, number) => caller(number)),
  ]);
  clearInterval(ticker);
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function picture(seen: Observation): string[] {
  const from = seen.requests[0]?.at ?? 0;
  const to = from + Math.min(seen.tookMs, WIDEST * CELL_MS);
  const { startedAt, endedAt } = spanOf(seen);
  const column = (at: number) => Math.round((at - from) / CELL_MS);
  const outage = `${' '.repeat(column(startedAt))}${'x'.repeat(column(endedAt) - column(startedAt))}`;
  return [
    `each column is ${seconds(CELL_MS)} here, ${seconds(CELL_MS * SPEED)} in life · circuit: · closed, O open, ? probe`,
    `outage   ${outage}`,
    `requests ${requestStrip(seen.requests, from, to)}`,
    `circuit  ${circuitStrip(seen, from, to)}`,
  ];
}

/** The time in which the circuit was not closed. */
function notClosed({ events }: Observation): Span | undefined {
  const changes = events.flatMap(({ at, event }) =>
    event.type === 'circuit-changed' ? [{ at, event }] : [],
  );
  const opened = changes.find(({ event }) => event.to === 'open');
  const closed = changes.findLast(({ event }) => event.to === 'closed');
  return opened && closed && { startedAt: opened.at, endedAt: closed.at };
}

function outageNote(seen: Observation): string | undefined {
  const away = notClosed(seen);
  if (away === undefined) return undefined;
  const { startedAt, endedAt } = spanOf(seen);
  const probes = count(circuitStates(seen).entered['half-open'], 'probe');
  return `opened ${seconds(away.startedAt - startedAt)} into the outage, ${probes}, closed ${seconds(away.endedAt - endedAt)} after its end`;
}

const outage: Situation = {
  group: GROUP,
  title: `A 20 s outage, ${CALLERS} callers (${SPEED} × faster: ${seconds(OUTAGE_MS)})`,
  server: `answers everything with 503 for ${seconds(OUTAGE_MS)}, in the middle of healthy traffic`,
  options: {
    retry: {
      maxRetries: RETRY_DEFAULTS.maxRetries,
      baseDelayMs: RETRY_DEFAULTS.baseDelayMs / SPEED,
      maxDelayMs: RETRY_DEFAULTS.maxDelayMs / SPEED,
    },
    circuitBreaker: {
      mode: 'classic',
      windowMs: CLASSIC_CIRCUIT_DEFAULTS.windowMs / SPEED,
      openMs: CLASSIC_CIRCUIT_DEFAULTS.openMs / SPEED,
      maxOpenMs: CLASSIC_CIRCUIT_DEFAULTS.maxOpenMs / SPEED,
    },
  },
  ways: 'together',
  expected: [
    holds('the circuit opens in the outage and is closed in the end', (seen) => {
      const span = spanOf(seen);
      const away = notClosed(seen);
      const inTime =
        away !== undefined && away.startedAt > span.startedAt && away.startedAt < span.endedAt;
      return unless(inTime && circuitStates(seen).last === 'closed', circuitStates(seen).last);
    }),
    holds('in between the server is sent probes, one at a time, and nothing else', (seen) => {
      const away = notClosed(seen);
      if (away === undefined) return 'the circuit never opened and closed';
      const sent = seen.sent.filter((at) => at > away.startedAt + 1 && at < away.endedAt);
      const probes = circuitStates(seen).entered['half-open'];
      return unless(
        sent.length <= probes,
        `${count(sent.length, 'request')} for ${count(probes, 'probe')}`,
      );
    }),
    holds(
      'the others are refused at once (median below 5 ms) and told when to come back',
      (seen) => {
        const refused = seen.outcomes.filter(
          (outcome) => outcome.gave === 'error' && outcome.report?.attempts.length === 0,
        );
        const median =
          refused.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)[refused.length >> 1] ??
          Infinity;
        const told = refused.every(
          (outcome) => outcome.gave === 'error' && outcome.retryAfterMs !== undefined,
        );
        return unless(
          median < 5 && told,
          `median ${median.toFixed(2)} ms, ${told ? '' : 'not '}all told`,
        );
      },
    ),
    holds('callers see 200, the 503 itself or a refusal, never anything else', ({ outcomes }) => {
      const others = outcomes.filter((outcome) =>
        outcome.gave === 'response'
          ? ![200, 503].includes(outcome.status)
          : outcome.kind !== 'circuit-open' &&
            !(outcome.kind === 'http' && outcome.way === 'resultFetch'),
      );
      return unless(others.length === 0, `${others.length} others`);
    }),
    holds(
      `all ${CALLERS} are served again within ${seconds(LONGEST_RETURN_MS)} of its end`,
      (seen) => {
        const { endedAt } = spanOf(seen);
        const again = seen.outcomes.filter(
          (outcome) =>
            outcome.gave === 'response' &&
            outcome.status === 200 &&
            outcome.at - outcome.tookMs > endedAt,
        );
        const lastAfterMs = (again.at(-1)?.at ?? Infinity) - endedAt;
        const inTime =
          again.length >= CALLERS && lastAfterMs <= LONGEST_RETURN_MS + 2 * THINKING_MS;
        return unless(inTime, `${again.length} were, the last after ${seconds(lastAfterMs)}`);
      },
    ),
  ],
  note: outageNote,
  act: liveThroughIt,
  picture,
};

const exhausted: Situation = {
  group: GROUP,
  title: '503 without end',
  server: 'answers everything with 503 resource_unavailable',
  ways: 'each',
  expected: [
    requests(4),
    verdict('retryable', 'resource_unavailable'),
    callerGets(503, 'resource_unavailable'),
    circuit('closed'),
  ],
  async act({ server, call }) {
    server.startOutage(ondemandFault('resource_unavailable'));
    await call('/media/v1/public/file');
  },
};

export const outages: readonly Situation[] = [exhausted, outage];
