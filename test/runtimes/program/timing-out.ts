import { check, expectSame, expectThat, rejectionOf, type Check } from './check.ts';

interface Timeout {
  readonly name?: string;
  readonly kind?: string;
  readonly attempts?: readonly unknown[];
}

/** Time limits end attempts and calls, and never a body that was handed over. */
export const timingOut: readonly Check[] = [
  check(
    'an attempt that takes too long is a TimeoutError, and the server sees it leave',
    async (tools) => {
      const script = await tools.scripts.play({ fault: 'hang' });
      const fetch = tools.holdfast.resilientFetch(undefined, {
        attemptTimeoutMs: 200,
        retry: { maxRetries: 1, baseDelayMs: 1 },
      });
      const thrown = (await rejectionOf(fetch(script.url))) as Timeout;
      expectSame('error', [thrown.name, thrown.kind], ['TimeoutError', 'timeout']);
      expectSame('attempts', thrown.attempts?.length, 2);
      const seen = await script.seenOnce(2, (all) => all.every(({ leftEarly }) => leftEarly));
      expectSame(
        'left early',
        seen.map(({ leftEarly }) => leftEarly),
        [true, true],
      );
    },
  ),

  check('an attempt that was too slow is followed by one that is not', async (tools) => {
    const script = await tools.scripts.play({ fault: 'hang' }, { body: 'in time' });
    const fetch = tools.holdfast.resilientFetch(undefined, {
      attemptTimeoutMs: 300,
      retry: { maxRetries: 1, baseDelayMs: 1 },
    });
    expectSame('body', await (await fetch(script.url)).text(), 'in time');
  }),

  check(
    'a call that takes too long is a TimeoutError, and the server sees it leave',
    async (tools) => {
      const script = await tools.scripts.play({ status: 503 }, { fault: 'hang' });
      const fetch = tools.holdfast.resilientFetch(undefined, {
        totalTimeoutMs: 400,
        retry: { baseDelayMs: 1 },
      });
      const thrown = (await rejectionOf(fetch(script.url))) as Timeout;
      expectSame('error', [thrown.name, thrown.kind], ['TimeoutError', 'timeout']);
      const seen = await script.seenOnce(2, (all) => all.at(-1)?.leftEarly ?? false);
      expectSame(
        'left early',
        seen.map(({ leftEarly }) => leftEarly),
        [false, true],
      );
    },
  ),

  check('a slow body of an answer is not cut off', async (tools) => {
    const chunks = Array.from({ length: 8 }, (_, index) => String(index));
    const script = await tools.scripts.play({ chunks, chunkDelayMs: 100 });
    const fetch = tools.holdfast.resilientFetch(undefined, {
      attemptTimeoutMs: 250,
      totalTimeoutMs: 300,
    });
    const response = await fetch(script.url);
    expectSame('body', await response.text(), '01234567');
    const [seen] = await script.seenOnce(1);
    expectSame('left early', seen?.leftEarly, false);
  }),

  check("a caller's own time limit comes out as its signal's reason", async (tools) => {
    const script = await tools.scripts.play({ fault: 'hang' });
    const signal = AbortSignal.timeout(150);
    const thrown = await rejectionOf(tools.holdfast.resilientFetch()(script.url, { signal }));
    expectThat(thrown === signal.reason, `rejected with ${String(thrown)}`);
    expectSame('requests', (await script.seen()).length, 1);
  }),
];
