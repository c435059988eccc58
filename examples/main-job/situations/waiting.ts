import { RETRY_AFTER_FORMS, ondemandFault } from 'holdfast/testing';
import {
  answersWithin,
  callerGets,
  circuit,
  holds,
  requests,
  unless,
  verdict,
} from '../expectations.ts';
import type { Observation, Situation, Way } from '../situation.ts';
import { seconds } from '../words.ts';

const GROUP = 'When the server says to wait';
const CALLERS = 40;

const wayOf = (caller: number): Way => (caller % 2 === 0 ? 'resilientFetch' : 'resultFetch');

const everybodyGets200 = holds(`all ${CALLERS} callers get 200`, ({ outcomes }) => {
  const served = outcomes.filter(
    ({ gave, ...rest }) => gave === 'response' && 'status' in rest && rest.status === 200,
  );
  return unless(served.length === CALLERS, `${served.length} of ${outcomes.length} did`);
});

/** The requests after the pause that the first 429 asked for. */
function afterThePause({ requests: all }: Observation) {
  const firstThrottle = all.find(({ status }) => status === 429);
  if (firstThrottle === undefined) return undefined;
  const later = all.filter(({ at }) => at >= firstThrottle.at + 500);
  return { later, silenceMs: (later[0]?.at ?? Infinity) - firstThrottle.at };
}

const silence = holds('silence for the 1.0 s that the first 429 asked for', (seen) => {
  const pause = afterThePause(seen);
  if (pause === undefined) return 'the server never sent a 429';
  return unless(
    pause.silenceMs >= 1_000,
    `the next request came after ${pause.silenceMs.toFixed(1)} ms`,
  );
});

const pacedReturn = holds(
  'then a paced return: at most 5 requests in any 100 ms of the next second',
  (seen) => {
    const later = afterThePause(seen)?.later ?? [];
    const firstSecond = later.filter(({ at }) => at < (later[0]?.at ?? 0) + 1_000);
    const densest = Math.max(
      0,
      ...firstSecond.map(
        ({ at }) => firstSecond.filter((other) => other.at >= at && other.at < at + 100).length,
      ),
    );
    return unless(densest <= 5, `${densest} came at once`);
  },
);

const silenceNote = (seen: Observation) => {
  const pause = afterThePause(seen);
  return pause && `silent for ${(pause.silenceMs / 1000).toFixed(2)} s`;
};

const storm: Situation = {
  group: GROUP,
  title: `429 storm: ${CALLERS} callers at once, nothing configured`,
  server: 'keeps a limit of 20/s with a burst of 10; refuses the rest with 429, Retry-After: 1',
  ways: 'together',
  expected: [silence, pacedReturn, circuit('closed'), everybodyGets200],
  note: silenceNote,
  act: (stage) => {
    stage.server.limitRate({ ratePerSecond: 20, burst: 10 });
    return callAll(stage);
  },
};

const ownLimit: Situation = {
  group: GROUP,
  title: 'The same with rateLimit: 20/s, burst 8',
  server: 'keeps the same limit',
  // Two below the server's limit, since requests bunch up on the way to it.
  options: { rateLimit: { ratePerSecond: 20, burst: 8 } },
  ways: 'together',
  expected: [
    holds('not one 429', ({ requests: all }) => {
      const throttled = all.filter(({ status }) => status === 429).length;
      return unless(throttled === 0, `there were ${throttled}`);
    }),
    requests(CALLERS),
    circuit('closed'),
    everybodyGets200,
  ],
  act: (stage) => {
    stage.server.limitRate({ ratePerSecond: 20, burst: 10 });
    return callAll(stage);
  },
};

async function callAll({ call, server, progress }: Parameters<Situation['act']>[0]): Promise<void> {
  let served = 0;
  const show = () => {
    const throttled = server.requests.filter(({ status }) => status === 429).length;
    progress(
      `${served} of ${CALLERS} callers served · ${server.counts.requests} requests, ${throttled} × 429`,
    );
  };
  const ticker = setInterval(show, 100);
  const calls = Array.from({ length: CALLERS }, async (_, caller) => {
    await call('/plugin/v1/list', {}, wayOf(caller));
    served += 1;
  });
  await Promise.all(calls);
  clearInterval(ticker);
}

const HINT_MS = 700;

const spellings: Situation = {
  group: GROUP,
  title: 'Retry-After in six spellings',
  server: `answers once with 503 and a wait of ${seconds(HINT_MS)}, spelled in six ways`,
  // One breaker and one bucket for each spelling, so that none waits for another.
  options: { key: (input) => (input instanceof Request ? input.url : input.toString()) },
  ways: 'together',
  expected: [
    holds('each heeded, none early, none by more than 1.5 s late', ({ requests: all }) => {
      const wrong = RETRY_AFTER_FORMS.flatMap((form) => {
        const [first, second] = all.filter(({ target }) => target.includes(`form=${form},`));
        const gap = first && second ? second.at - first.at : NaN;
        return gap >= HINT_MS && gap <= HINT_MS + 1_500 ? [] : [`${form}: ${gap.toFixed(1)} ms`];
      });
      return unless(wrong.length === 0, wrong.join(', '));
    }),
    requests(2 * RETRY_AFTER_FORMS.length),
    circuit('closed'),
  ],
  async act({ call }) {
    await Promise.all(
      RETRY_AFTER_FORMS.map((form, index) =>
        call(
          `/plugin/v1/list?fault=resource_unavailable,after=${HINT_MS},form=${form},times=1`,
          {},
          wayOf(index),
        ),
      ),
    );
  },
};

const tooLong: Situation = {
  group: GROUP,
  title: 'Retry-After: 3600',
  server: 'answers with 429 and an hour of waiting',
  ways: 'each',
  expected: [
    requests(1),
    verdict('throttle', 'rate_limit_exceeded'),
    answersWithin(500),
    callerGets(429, 'rate_limit_exceeded'),
    holds('the hint of 3600 s is in the report', ({ outcomes: [outcome] }) => {
      const hint = outcome?.report?.attempts.at(-1)?.classification?.retryAfterMs;
      return unless(hint === 3_600_000, `it says ${hint}`);
    }),
    circuit('closed'),
  ],
  async act({ server, call }) {
    const retryAfter = { form: 'seconds', ms: 3_600_000 } as const;
    server.play(ondemandFault('rate_limit_exceeded', { retryAfter }));
    await call('/plugin/v1/list');
  },
};

export const waiting: readonly Situation[] = [storm, ownLimit, spellings, tooLong];
