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

const CALLERS = 50;
const HEALTHY_MS = 3_000;
/** Callers wait for three seconds: with the probe that notices its end, a longer one may outlast them. */
const OUTAGE_MS = 1_500;
const THINKING_MS = 200;
/** Two a second, the first ones sooner, each up to a quarter early. */
const MOST_PROBES = 7;
/** A probe notices the end half a second late at most, on a busy machine a little more. */
const SOON_MS = 1_500;
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
      } else if (performance.now() > span.endedAt + 4 * SOON_MS) {
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
      `${phase} at ${seconds(now - begunAt)} · ${calls} calls → ${server.counts.requests} requests · circuit ${circuitStates({ events } as Observation).last}`,
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
    `each column is ${seconds(CELL_MS)} · circuit: · closed, O open, ? half-open`,
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
  return `opened ${seconds(away.startedAt - startedAt)} into the outage, closed ${seconds(away.endedAt - endedAt)} after its end`;
}

const outage: Situation = {
  group: GROUP,
  title: `The server restarts amid traffic: ${seconds(OUTAGE_MS)}, ${CALLERS} callers`,
  server: `answers everything with 503 for ${seconds(OUTAGE_MS)}, in the middle of healthy traffic`,
  ways: 'together',
  expected: [
    holds('the circuit opens in the outage and is closed in the end', (seen) => {
      const span = spanOf(seen);
      const away = notClosed(seen);
      const inTime =
        away !== undefined && away.startedAt > span.startedAt && away.startedAt < span.endedAt;
      return unless(inTime && circuitStates(seen).last === 'closed', circuitStates(seen).last);
    }),
    holds(`in between the server is sent probes, ${MOST_PROBES} at most`, (seen) => {
      const away = notClosed(seen);
      if (away === undefined) return 'the circuit never opened and closed';
      const { endedAt } = spanOf(seen);
      // What was on its way when it opened may still arrive.
      const probes = seen.sent.filter((at) => at > away.startedAt + CELL_MS && at < endedAt);
      return unless(probes.length <= MOST_PROBES, count(probes.length, 'request'));
    }),
    holds('the others wait in line: 99 calls in 100 are answered with 200', ({ outcomes }) => {
      const others = outcomes.filter(
        (outcome) => !(outcome.gave === 'response' && outcome.status === 200),
      );
      return unless(
        others.length <= outcomes.length / 100,
        `${others.length} of ${outcomes.length} were not`,
      );
    }),
    holds(`all ${CALLERS} are served again within ${seconds(SOON_MS)} of its end`, (seen) => {
      const { endedAt } = spanOf(seen);
      const again = seen.outcomes.filter(({ at }) => at > endedAt).slice(0, CALLERS);
      const lastAfterMs = (again.at(-1)?.at ?? Infinity) - endedAt;
      const inTime = again.length === CALLERS && lastAfterMs <= SOON_MS;
      return unless(inTime, `${again.length} were, the last after ${seconds(lastAfterMs)}`);
    }),
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
