import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leaseScriptSha1 } from '../../../src/adapters/redis/lease-script.ts';
import { virtualClock } from '../../../src/testing.ts';
import { FakeStore } from './fake-store.ts';
import { mostTokensWithin, sharedBucketOf } from './shared-bucket-under-test.ts';

beforeAll(leaseScriptSha1);

const RATE = 200;
const BURST = 10;

/** One thing that happens: calls of a member, an abort of all its calls, or a mood of the store. */
const happening = (...moods: readonly string[]) =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        calls: fc.integer({ min: 1, max: 40 }),
        member: fc.nat(2),
        // Most calls take one token.
        weight: fc.oneof(
          { weight: 2, arbitrary: fc.constant(1) },
          fc.integer({ min: 1, max: BURST }),
        ),
      }),
    },
    { weight: 1, arbitrary: fc.record({ aborts: fc.nat(2) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        mood: fc.constantFrom(...MOODS, ...moods),
      }),
    },
  );
const MOODS = ['hangs', 'answers', 'twice', 'once', 'loses', 'keeps'];

type Step =
  { calls: number; member: number; weight: number } | { aborts: number } | { mood: string };
type Story = [number, Step][];

/** A member's first question waited 44 ms: it must not believe that half of it was the way back. */
const FIRST_QUESTION_WAITS: Story = [
  [0, { calls: 1, member: 2, weight: 1 }],
  [1, { mood: 'hangs' }],
  [0, { calls: 1, member: 2, weight: 1 }],
  [2, { calls: 12, member: 0, weight: 1 }],
  [44, { mood: 'answers' }],
  [0, { calls: 1, member: 0, weight: 1 }],
];

// A member is behind the store's time by the way back of an answer, half a round trip.
test.each([
  ['near', [], 1],
  ['sometimes far away', ['slow', 'quick'], 150],
])(
  'three members stay within burst + rate × t tokens, whatever callers do, whatever their calls weigh, and with a store that is %s',
  async (_where, moods, blurMs) => {
    const story = fc.array(fc.tuple(fc.nat(150), happening(...moods)), {
      minLength: 5,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        const clock = virtualClock();
        const store = new FakeStore(clock);
        // Without the store nothing goes: what starts has a slot of the schedule.
        const options = { ratePerSecond: RATE, burst: BURST, onStoreError: 'fail-closed' } as const;
        const members = Array.from({ length: 3 }, () => sharedBucketOf(options, clock, store));
        const controllers = members.map(() => new AbortController());
        for (const [passes, step] of steps) {
          await clock.advance(passes);
          if ('calls' in step) {
            const { signal } = controllers[step.member]!;
            // As many tokens, whatever each call takes.
            const calls = Math.ceil(step.calls / step.weight);
            for (let call = 0; call < calls; call += 1) {
              members[step.member]!.start({ signal, weight: step.weight }).catch(() => {});
            }
          } else if ('aborts' in step) {
            controllers[step.aborts]!.abort(new Error('no longer needed'));
            controllers[step.aborts] = new AbortController();
          } else if (step.mood === 'hangs') store.mood = 'hangs';
          else if (step.mood === 'answers') store.answer();
          else if (step.mood === 'slow') store.roundTripMs = 300;
          else if (step.mood === 'quick') store.roundTripMs = 1;
          else if (step.mood === 'loses' || step.mood === 'keeps') {
            store.losesAnswers = step.mood === 'loses';
          } else store.sendsTwice = step.mood === 'twice';
        }
        await clock.advance(500);
        const starts = members.flatMap((member) => member.weighted);
        // A call that takes all of the burst may start before its last token is due.
        const leeway = starts.some(({ weight }) => weight === BURST) ? 1 : 0;
        for (const windowMs of [1, 20, 100, 300, 1000]) {
          const most = BURST + leeway + (RATE * (windowMs + blurMs)) / 1000;
          expect(mostTokensWithin(starts, windowMs)).toBeLessThanOrEqual(most);
        }
        const promises = Promise.all(members.map(({ policy }) => policy.close()));
        await clock.run(promises);
      }),
      { numRuns: 40, examples: [[FIRST_QUESTION_WAITS]] },
    );
  },
);
