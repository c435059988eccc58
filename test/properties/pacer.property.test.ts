import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ownClassification } from '../../src/core/classification.ts';
import { Pacer } from '../../src/policies/rate-limit/pacer/pacer.ts';

const RUNS = { numRuns: 300 };

const outcome = fc.record({
  isAccepted: fc.boolean(),
  votes: fc.boolean(),
  takesMs: fc.integer({ min: 1, max: 400 }),
});

/** The pace at its fastest before, in flight for 400 ms; five in a row; and what an experiment needs. */
const flightOf = (perSecond: number) => Math.ceil(perSecond * 0.4) + 12;

const throttle = ownClassification({
  category: 'throttle',
  decidedBy: 'status',
  rule: 'status 429',
  status: 429,
});

test('while nothing is accepted only what is on its way is throttled, and then few probes, whatever came before', () => {
  fc.assert(
    fc.property(
      fc.array(outcome, { maxLength: 400 }),
      fc.integer({ min: 1, max: 200 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
      (before, perSecond, roundTrips) => {
        const pacer = new Pacer();
        let token = 0;
        const underway: { readonly endsAt: number; readonly settle: (now: number) => void }[] = [];
        let now = 0;
        const settleUntil = (until: number) => {
          underway.sort((a, b) => a.endsAt - b.endsAt);
          while (underway[0] !== undefined && underway[0].endsAt <= until) {
            const { endsAt, settle } = underway.shift()!;
            settle(endsAt);
          }
        };
        const start = (isAccepted: boolean, votes: boolean, takesMs: number) => {
          const startedOn = now;
          const own = (token += 1);
          pacer.started(own, now);
          const settle = (endedOn: number) => {
            const of = { now: endedOn, startedOn, token: own, votes, wasHeldBack: true };
            if (isAccepted) pacer.accepted({ ...of, othersWait: true });
            else pacer.throttled({ ...of, othersWait: true }, throttle);
          };
          underway.push({ endsAt: now + takesMs, settle });
        };
        const step = () => {
          const next = Math.max(now + 1000 / perSecond, pacer.dueAt(now));
          const soonest = Math.min(next, ...underway.map(({ endsAt }) => endsAt));
          now = soonest;
          settleUntil(now);
          return now >= next || pacer.dueAt(now) <= now;
        };
        for (const { isAccepted, votes, takesMs } of before) {
          while (!step());
          start(isAccepted, votes, takesMs);
        }
        settleUntil(now + 400);
        now += 400;
        const deadFrom = now;
        let sent = 0;
        const probesAt: number[] = [];
        while (now < deadFrom + 300_000) {
          if (!step()) continue;
          sent += 1;
          if (pacer.stop !== undefined) probesAt.push(now);
          start(false, true, roundTrips[sent % roundTrips.length]!);
        }
        // Nine doublings up to 30 s, then two a minute; a stop may begin anew once, slower.
        expect(probesAt.length).toBeLessThanOrEqual(40);
        expect(sent - probesAt.length).toBeLessThanOrEqual(flightOf(perSecond));
      },
    ),
    RUNS,
  );
});
