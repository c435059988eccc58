import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sleep } from '../../src/core/clock.ts';
import { coalesce } from '../../src/http/coalesce/coalesce.ts';
import type { Fetch } from '../../src/http/fetch.ts';
import { scriptedFetch, virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com/things';
const RUNS = { numRuns: 60, endOnFailure: true };

/** A caller: when it calls, what it asks for, when it aborts if it does, and how fast it reads. */
const caller = fc.record({
  startsAt: fc.integer({ min: 0, max: 120 }),
  asks: fc.constantFrom('a', 'b'),
  abortsAfter: fc.option(fc.integer({ min: 0, max: 250 }), { nil: undefined }),
  readsEveryMs: fc.constantFrom(0, 1, 7, 40),
});

test('whoever aborts at whatever moment, each caller settles once with its own answer or abort, and nothing stays behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(caller, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 20 }),
      fc.boolean(),
      async (callers, delayMs, chunkCount, chunkDelayMs, breaksOff) => {
        const clock = virtualClock({ quietTurns: 3 });
        let running = 0;
        let most = 0;
        const chunks = Array.from({ length: chunkCount }, (_, index) => `${index},`);
        const whole = chunks.join('');
        const broken = new TypeError('terminated');
        const end = breaksOff ? { bodyError: broken } : {};
        const reply = { status: 200, chunks, delayMs, chunkDelayMs, ...end };
        const upstream = scriptedFetch([{ repeats: reply, times: Infinity }], { clock });
        const counting: Fetch = async (...request) => {
          running += 1;
          most = Math.max(most, running);
          try {
            return await upstream(...request);
          } finally {
            running -= 1;
          }
        };
        const fetch = coalesce({ clock, maxLagBytes: 4, maxStallMs: 1_000 })(counting);

        const outcomes = callers.map(async ({ startsAt, asks, abortsAfter, readsEveryMs }) => {
          await sleep(clock, startsAt);
          const own = new AbortController();
          const reason = new Error('my own abort');
          if (abortsAfter !== undefined) {
            void sleep(clock, abortsAfter).then(() => own.abort(reason));
          }
          let text = '';
          try {
            const response = await fetch(`${API}/${asks}`, { signal: own.signal });
            const reader = response.body!.getReader();
            for (;;) {
              await sleep(clock, readsEveryMs);
              const { done, value } = await reader.read();
              if (done) break;
              text += new TextDecoder().decode(value);
            }
            return { text, error: undefined, reason, wasBroken: false };
          } catch (error) {
            return { text, error, reason, wasBroken: error === broken };
          }
        });
        for (const { text, error, reason, wasBroken } of await clock.run(Promise.all(outcomes))) {
          // Nobody gets an abort of somebody else, and nobody's bytes are mixed up.
          expect([undefined, reason, broken]).toContain(error);
          expect(whole.startsWith(text)).toBe(true);
          if (error === undefined) expect([text, breaksOff]).toEqual([whole, false]);
          if (wasBroken) expect(breaksOff).toBe(true);
        }
        // Those that wait for their headers: one for each address.
        expect(most).toBeLessThanOrEqual(2);
        expect(running).toBe(0);
        await clock.runAll();
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    RUNS,
  );
});
