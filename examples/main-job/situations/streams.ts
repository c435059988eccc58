import { eventStreams } from 'holdfast';
import { ondemandFault, type Fault } from 'holdfast/testing';
import { estimateTokens, usageLimits } from 'holdfast/usage';
import { answersWithin, circuit, holds, requests, unless } from '../expectations.ts';
import { seconds } from '../words.ts';
import type { Observation, Situation, Stage, Way } from '../situation.ts';

const GROUP = 'Streams and tokens';

/** Asks a chat, in one of its two response modes. */
function query({ call }: Stage, responseMode: 'sync' | 'stream', way?: Way) {
  const body = JSON.stringify({ endpointId: 'model', query: 'Where to?', responseMode });
  const headers = { 'content-type': 'application/json' };
  return call('/chat/v1/sessions/session-1/query', { method: 'POST', headers, body }, way);
}

const errorEvent: Fault = {
  kind: 'answer',
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  body: `data: [ERROR]:${JSON.stringify({ message: 'Try again later', errorCode: 'resource_unavailable' })}\n\n`,
};

const answered = (calls: number) =>
  holds(
    calls === 2 ? 'both get their answer, whole' : `all ${calls} callers get their answer, whole`,
    ({ outcomes }: Observation) => {
      const well = outcomes.filter(
        (outcome) =>
          outcome.gave === 'response' &&
          outcome.status === 200 &&
          outcome.errorCode === undefined &&
          outcome.body === 'whole',
      );
      return unless(well.length === calls, `${well.length} of ${outcomes.length} did`);
    },
  );

const bothModes: Situation = {
  group: GROUP,
  title: 'A query at once, and one as a stream, fail first',
  server: 'answers with 503, and with a 200 whose first event is an error; then properly',
  ways: 'each',
  expected: [
    requests(4),
    answered(2),
    holds('the error event is read as a failed attempt', ({ outcomes: [, streamed] }) => {
      const first = streamed?.report?.attempts[0]?.classification;
      const isRead = first?.stream === 'first-event' && first.errorCode === 'resource_unavailable';
      return unless(isRead, `it was read as ${first?.category}`);
    }),
    circuit('closed'),
  ],
  async act(stage) {
    stage.server.play(ondemandFault('resource_unavailable'));
    await query(stage, 'sync');
    stage.server.play(errorEvent);
    await query(stage, 'stream');
  },
};

const IDLE_MS = 400;

const silent: Situation = {
  group: GROUP,
  title: `A stream falls silent, streamIdleTimeoutMs: ${IDLE_MS}`,
  server: 'sends the first events of a stream, and then nothing',
  options: { streams: eventStreams({ streamIdleTimeoutMs: IDLE_MS }) },
  ways: 'each',
  expected: [
    requests(1),
    holds('caller gets the 200, and a TimeoutError out of its body', ({ outcomes: [outcome] }) => {
      const isCut = outcome?.gave === 'response' && outcome.body === 'broken off';
      return unless(isCut, 'it did not');
    }),
    holds('an event says that it was silent', ({ events }) =>
      unless(
        events.some(({ event }) => event.type === 'stream-failed' && event.because === 'idle'),
        'there was none',
      ),
    ),
    answersWithin(IDLE_MS * 2, IDLE_MS),
    circuit('closed'),
  ],
  note({ events }) {
    const failed = events.find(({ event }) => event.type === 'stream-failed')?.event;
    return failed?.type === 'stream-failed'
      ? `ended its stream after ${seconds(failed.durationMs)}`
      : undefined;
  },
  async act(stage) {
    stage.server.play({ kind: 'slow-body', pieces: 3, everyMs: 60_000 });
    await query(stage, 'stream');
  },
};

const CALLERS = 8;

const tokens: Situation = {
  group: GROUP,
  title: 'The tokens of a minute are used up: usageLimits',
  server: 'allows 128,000 tokens a minute, 2,048 at once: four queries a second',
  options: {
    rateLimit: usageLimits({
      // A query is reckoned with 500 tokens of answer and a few of question.
      limits: [{ per: 'minute', tokens: 120_000, burst: 1_600, cost: estimateTokens }],
    }),
  },
  ways: 'together',
  expected: [
    holds('not one 429', ({ requests: all }) => {
      const throttled = all.filter(({ status }) => status === 429).length;
      return unless(throttled === 0, `there were ${throttled}`);
    }),
    requests(CALLERS),
    answered(CALLERS),
    circuit('closed'),
  ],
  note({ outcomes }) {
    const waits = outcomes.map(({ report }) => report?.attempts[0]?.queuedMs ?? 0);
    return `the last waited ${seconds(Math.max(...waits))} for its tokens`;
  },
  async act(stage) {
    stage.server.limitRate({ ratePerSecond: 4, burst: 4 });
    await Promise.all(
      Array.from({ length: CALLERS }, (_, caller) =>
        query(stage, caller % 4 < 2 ? 'sync' : 'stream', caller % 2 ? 'resultFetch' : undefined),
      ),
    );
  },
};

export const streams: readonly Situation[] = [bothModes, silent, tokens];
