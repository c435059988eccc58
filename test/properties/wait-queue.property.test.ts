import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WaitQueue } from '../../src/core/wait-queue.ts';

interface Waiter {
  readonly name: number;
  readonly priority: number;
}

const steps = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constant('join' as const),
      priority: fc.constantFrom(-Infinity, -1, 0, 0.5, 1, Infinity),
    }),
    fc.record({ does: fc.constant('leave' as const), which: fc.nat({ max: 50 }) }),
    fc.record({ does: fc.constant('shift' as const) }),
  ),
  { maxLength: 100 },
);

test('a wait queue is a stable sort by priority, whoever joins and leaves', () => {
  fc.assert(
    fc.property(steps, (chosen) => {
      const line = new WaitQueue<Waiter>();
      const joined: Waiter[] = [];
      let model: Waiter[] = [];
      for (const one of chosen) {
        if (one.does === 'join') {
          const waiter = { name: joined.length, priority: one.priority };
          expect(line.ahead(one.priority)).toBe(
            model.filter(({ priority }) => priority >= one.priority).length,
          );
          joined.push(waiter);
          line.join(waiter, one.priority);
          // Sorting is stable: equal priorities stay in the order in which they came.
          model = [...model, waiter].toSorted((a, b) =>
            a.priority === b.priority ? 0 : b.priority - a.priority,
          );
        } else if (one.does === 'leave') {
          const waiter = joined[one.which];
          if (!waiter) continue;
          expect(line.leave(waiter)).toBe(model.includes(waiter));
          model = model.filter((other) => other !== waiter);
        } else {
          expect(line.shift()).toBe(model.shift());
        }
        expect(line.length).toBe(model.length);
      }
      expect([...line]).toEqual(model);
    }),
    { numRuns: 2000 },
  );
});
