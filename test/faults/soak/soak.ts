import { getEventListeners } from 'node:events';
import { crowd, TOLERANCE_MS } from './callers.ts';
import type { Finding } from './findings.ts';
import { eventually } from '../../integration/plain-server.ts';
import { measures } from './measures.ts';
import { startUpstream } from './upstream-process.ts';

/** How long to soak, and with what. */
export interface SoakOptions {
  readonly seconds: number;
  readonly callers: number;
  readonly seed: number;
  readonly through: 'wrapped' | 'bare';
}

const MOST_RSS_MEGABYTES = 200;
/** What compiled code and the platform's own pools may still add after the warm-up. */
const HEAP_TOLERANCE_MEGABYTES = 8;
const LIVE_LINE_MS = 3000;
/** Node's fetch keeps an idle connection for four seconds, Node's server for five. */
const IDLE_SOCKETS_MS = 12_000;
const POLL_MS = 100;

/** Soaks fetch in faults; each finding says whether something that must hold did. */
export async function soak({ seconds, callers, seed, through }: SoakOptions): Promise<Finding[]> {
  const startedAt = performance.now();
  const upstream = await startUpstream(seed);
  const watch = measures();
  const { tally, shutdown, caller } = crowd({
    targets: upstream,
    seed: seed + 1,
    through,
    lagMs: watch.lagMs,
    finished: (call) => upstream.finished(call),
  });
  const timersAtRest = watch.timers();

  const runFor = async (ms: number): Promise<void> => {
    const until = performance.now() + ms;
    const isOver = () => performance.now() >= until;
    await Promise.all(Array.from({ length: callers }, () => caller(isOver)));
  };
  const allClosed = () =>
    eventually(
      async () => (await upstream.report()).connectionsOpen === 0,
      IDLE_SOCKETS_MS,
      POLL_MS,
    );
  const live = setInterval(() => {
    const elapsed = ((performance.now() - startedAt) / 1000).toFixed(0).padStart(4);
    console.log(
      `${elapsed} s  ${tally.settled} of ${tally.started} calls settled, ${tally.sent} requests, ` +
        `${watch.rssMegabytes().toFixed(0)} MB (heap ${watch.heapMegabytes().toFixed(0)} MB), ` +
        `event loop late by ${watch.lagMs().toFixed(0)} ms at most, ${tally.breaches.length} breaches`,
    );
  }, LIVE_LINE_MS);

  // What the first seconds load and compile is the baseline, not a leak.
  const warmUpMs = Math.min(15_000, (seconds * 1000) / 3);
  await runFor(warmUpMs);
  await allClosed();
  const heapBefore = await watch.heapAtRestMegabytes();
  await runFor(seconds * 1000 - warmUpMs);
  clearInterval(live);

  const noSockets = await allClosed();
  const heapAfter = await watch.heapAtRestMegabytes();
  const timersLeft = () => Math.max(0, watch.timers() - timersAtRest);
  await eventually(() => timersLeft() === 0, 5000, POLL_MS);
  const listenersLeft = getEventListeners(shutdown, 'abort').length;
  const report = await upstream.report();
  const rss = watch.peakRssMegabytes();
  watch.stop();
  await upstream.stop();

  console.log(`\nhow calls ended: ${listed(tally.byEnd)}`);
  console.log(`what the upstream did: ${listed(report.requestsByFault)}`);
  const latest =
    `${Math.max(0, tally.latestBeyondDeadlineMs).toFixed(0)} ms beyond the deadline, ` +
    `${tally.latestAfterAbortMs.toFixed(0)} ms after the abort at most (tolerance ` +
    `${TOLERANCE_MS} ms and the ${watch.lagMs().toFixed(0)} ms that the event loop was late)`;
  const traffic = `${tally.sent} sent, ${report.requests} arrived`;
  return [
    {
      what: 'every call settled',
      found: `${tally.settled} of ${tally.started}`,
      holds: tally.settled === tally.started,
    },
    noneOf(
      tally.breaches,
      'within its deadline, after its abort at once, and sent no more often than allowed',
      latest,
    ),
    noneOf(
      report.breaches,
      'no request arrived more often than it was sent, none that is not idempotent was acted on twice',
      traffic,
    ),
    none(report.openCalls, 'request of a call that nobody made'),
    {
      what: `heap back to its baseline (tolerance ${HEAP_TOLERANCE_MEGABYTES} MB)`,
      found: `${heapBefore.toFixed(1)} MB before, ${heapAfter.toFixed(1)} MB after`,
      holds: heapAfter - heapBefore <= HEAP_TOLERANCE_MEGABYTES,
    },
    {
      what: `under ${MOST_RSS_MEGABYTES} MB`,
      found: `${rss.toFixed(0)} MB at most`,
      holds: rss < MOST_RSS_MEGABYTES,
    },
    none(timersLeft(), 'timer left'),
    // However many calls, and for as long as Node holds any response that an abort could cut off.
    {
      what: 'at most one listener left on a signal that all have shared',
      found: `${listenersLeft}`,
      holds: listenersLeft <= 1,
    },
    { what: 'no socket left', found: `${report.connectionsOpen}`, holds: noSockets },
    noneOf(watch.unhandled, 'no unhandled rejection'),
    noneOf(watch.warnings, 'no warning'),
  ];
}

const none = (count: number, what: string): Finding => ({
  what: `no ${what}`,
  found: `${count}`,
  holds: count === 0,
});

/** Holds if there are none of these breaches; `otherwise` says what was found where there are none. */
const noneOf = (breaches: readonly string[], what: string, otherwise = '0'): Finding => ({
  what,
  found: breaches.slice(0, 10).join('; ') || otherwise,
  holds: breaches.length === 0,
});

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
