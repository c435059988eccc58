import { check, expectSame, expectThat, rejectionOf, type Check, type Tools } from './check.ts';
import { pause } from './protocol.ts';

const someReason = () => new Error('the user left');

/** Aborts a call after a while, and checks that the reason comes out. */
async function expectReason(
  call: (signal: AbortSignal) => Promise<unknown>,
  afterMs: number,
  reason: unknown,
): Promise<void> {
  const controller = new AbortController();
  const outcome = rejectionOf(call(controller.signal));
  if (afterMs > 0) await pause(afterMs);
  controller.abort(reason);
  const thrown = await outcome;
  expectThat(thrown === controller.signal.reason, `rejected with ${String(thrown)}`);
}

const careless = ({ holdfast }: Tools) =>
  holdfast.resilientFetch(undefined, { retry: { baseDelayMs: 10_000, jitter: 'none' } });

/** A signal ends a call in whatever state it is, and with its own reason. */
export const cancelling: readonly Check[] = [
  check('sends nothing if the signal is aborted already', async (tools) => {
    const script = await tools.scripts.play({});
    const reason = someReason();
    const thrown = await rejectionOf(
      careless(tools)(script.url, { signal: AbortSignal.abort(reason) }),
    );
    expectThat(thrown === reason, `rejected with ${String(thrown)}`);
    expectSame('requests', (await script.seen()).length, 0);
  }),

  check(
    'an abort during an attempt rejects with its reason and reaches the server',
    async (tools) => {
      const script = await tools.scripts.play({ fault: 'hang' });
      const fetch = careless(tools);
      await expectReason((signal) => fetch(script.url, { signal }), 200, someReason());
      const seen = await script.seenOnce(1, ([first]) => first?.leftEarly ?? false);
      expectSame(
        'left early',
        seen.map(({ leftEarly }) => leftEarly),
        [true],
      );
    },
  ),

  check('an abort without a reason rejects with what the signal then has', async (tools) => {
    const script = await tools.scripts.play({ fault: 'hang' });
    const fetch = careless(tools);
    await expectReason((signal) => fetch(script.url, { signal }), 100, undefined);
  }),

  check('an abort by the signal of a Request does the same', async (tools) => {
    const script = await tools.scripts.play({ fault: 'hang' });
    const fetch = careless(tools);
    const controller = new AbortController();
    const request = new Request(script.url, { signal: controller.signal });
    const outcome = rejectionOf(fetch(request));
    await script.seenOnce(1);
    const reason = someReason();
    controller.abort(reason);
    const thrown = await outcome;
    expectThat(thrown === reason, `rejected with ${String(thrown)}`);
    const seen = await script.seenOnce(1, ([first]) => first?.leftEarly ?? false);
    expectSame(
      'left early',
      seen.map(({ leftEarly }) => leftEarly),
      [true],
    );
  }),

  check('an abort during a backoff ends it, and nothing more is sent', async (tools) => {
    const script = await tools.scripts.play({ status: 503 });
    const fetch = careless(tools);
    const startedAt = Date.now();
    await expectReason((signal) => fetch(script.url, { signal }), 300, someReason());
    expectThat(Date.now() - startedAt < 5000, 'it waited on');
    await pause(100);
    expectSame('requests', (await script.seen()).length, 1);
  }),

  check('an abort while waiting for a token leaves the line', async (tools) => {
    const script = await tools.scripts.play({});
    const fetch = tools.holdfast.resilientFetch(undefined, {
      rateLimit: { ratePerSecond: 0.1, burst: 1 },
    });
    await (await fetch(script.url)).text();
    await expectReason((signal) => fetch(script.url, { signal }), 50, someReason());
    expectSame('requests', (await script.seen()).length, 1);
  }),

  check('an abort after the headers breaks the body off', async (tools) => {
    const chunks = Array.from({ length: 50 }, () => 'x');
    const script = await tools.scripts.play({ chunks, chunkDelayMs: 100 });
    const controller = new AbortController();
    const response = await careless(tools)(script.url, { signal: controller.signal });
    controller.abort(someReason());
    await rejectionOf(response.text());
    const seen = await script.seenOnce(1, ([first]) => first?.leftEarly ?? false);
    expectSame(
      'left early',
      seen.map(({ leftEarly }) => leftEarly),
      [true],
    );
  }),

  check(
    'an abort reaches a body of which only the reader is held, where fetch’s own does',
    async (tools) => {
      // Deno forgets the signal then, with its own fetch too.
      if (!(await isCutOff(globalThis.fetch, tools))) return;
      expectThat(await isCutOff(careless(tools), tools), 'the body went on');
    },
  ),
];

/** Whether an abort ends a body although the response has been garbage for a while. */
async function isCutOff(fetch: typeof globalThis.fetch, { scripts }: Tools): Promise<boolean> {
  const chunks = Array.from({ length: 20 }, () => 'x');
  const script = await scripts.play({ chunks, chunkDelayMs: 100 });
  const controller = new AbortController();
  const open = async () => {
    const { body } = await fetch(script.url, { signal: controller.signal });
    return body?.getReader();
  };
  const reader = await open();
  await collectGarbage();
  controller.abort(someReason());
  return readToTheEnd(reader).then(
    () => false,
    () => true,
  );
}

async function readToTheEnd(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): Promise<void> {
  while (reader && !(await reader.read()).done) continue;
}

/** No runtime collects on demand, but each does when a lot is thrown away. */
async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    Array.from({ length: 200_000 }, (_, index) => ({ index }));
    await pause(10);
  }
}
