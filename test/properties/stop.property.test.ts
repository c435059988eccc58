import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sleep } from '../../src/core/clock.ts';
import { pipeline } from '../../src/http/pipeline.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../src/testing.ts';
import { httpFailure } from '../policies/http-failure.ts';
import { seeded } from '../policies/scenarios/traffic.ts';

const RUNS = { numRuns: 30, endOnFailure: true };
const LASTS_MS = 300_000;

/** Hints that say nothing of when the server accepts again. */
const hint = fc.constantFrom(undefined, '0', '1', '7', '60', '60000', '1767225600', 'soon');

test('a server that accepts nothing gets one probe at a time, and few, whatever it says of when to come back', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(hint, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 400 }),
      fc.array(fc.constantFrom('GET /a', 'GET /b', ''), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      async (hints, perSecond, latestMs, routes, seed) => {
        const clock = virtualClock({ quietTurns: 1, maxTimers: Infinity });
        const random = seeded(seed);
        const policy = pipeline(retry({ clock, random }), tokenBucket({ clock }));
        const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
        let ended = 0;
        let underway = 0;
        let duringStop = 0;
        const problems: string[] = [];
        const send = async () => {
          underway += 1;
          // Those of the first flight come back within a second; a stop has begun by then.
          if (ended > 200) {
            duringStop += 1;
            if (underway > 3) problems.push(`${underway} at once at ${clock.now()}`);
          }
          await sleep(clock, random() * latestMs);
          underway -= 1;
          ended += 1;
          const chosen = pick(hints);
          throw httpFailure(429, chosen === undefined ? {} : { 'retry-after': chosen });
        };
        const calls: Promise<unknown>[] = [];
        while (clock.now() < LASTS_MS) {
          calls.push(policy.execute(send, { route: pick(routes) }).catch(() => {}));
          await clock.advance(1000 / perSecond);
        }
        await clock.run(Promise.all(calls));
        expect(problems).toEqual([]);
        // Nine doublings up to 30 s for the scope and for each route, then two a minute for each.
        expect(ended).toBeLessThan(200 + 3 * 40);
        expect(duringStop).toBeLessThan(3 * 40);
      },
    ),
    RUNS,
  );
}, 120_000);
