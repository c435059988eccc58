import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyedStore } from '../../src/core/keyed-store.ts';

const RUNS = { numRuns: 2000 };

interface Value {
  readonly key: string;
  busy: boolean;
}

/** An `expect` is too dear for what is asked a million times. */
function hold(rule: string, holds: boolean): void {
  if (!holds) throw new Error(`does not hold: ${rule}`);
}

const storeOf = (maxKeys: number) =>
  new KeyedStore<Value>(
    maxKeys,
    (key) => ({ key, busy: false }),
    ({ busy }) => (busy ? Infinity : -Infinity),
  );

const keys = fc.nat({ max: 30 }).map((index) => `key ${index}`);
const steps = fc.array(
  fc.record({ key: keys, does: fc.constantFrom('use', 'use', 'use', 'peek', 'begin', 'end') }),
  { minLength: 20, maxLength: 120 },
);

describe('a store of one value per key', () => {
  test('holds no more than its bound while values may leave, and never drops one that may not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), steps, (maxKeys, chosen) => {
        const store = storeOf(maxKeys);
        const busy = new Map<string, Value>();
        for (const { key, does } of chosen) {
          const before = store.size;
          if (does === 'use') {
            const isNew = store.peek(key) === undefined;
            hold('a key’s value is its own', store.use(key).key === key);
            // Room is made when a new key comes.
            const mustStay = new Set([...busy.keys(), key]).size;
            const most = isNew ? Math.max(maxKeys, mustStay) : before;
            hold(`${store.size} of at most ${most}`, store.size <= most);
          } else if (does === 'begin') {
            if (busy.size >= 12) continue;
            const value = store.use(key);
            value.busy = true;
            busy.set(key, value);
          } else if (does === 'end') {
            const value = busy.get(key);
            if (value) value.busy = false;
            busy.delete(key);
          } else {
            store.peek(key);
            hold('looking changes nothing', store.size === before);
          }
          for (const [name, value] of busy) hold(`${name} stays`, store.peek(name) === value);
        }
      }),
      RUNS,
    );
  });

  test('forgets exactly the least recently used where everything may leave', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(keys, { maxLength: 80 }),
        (maxKeys, used) => {
          const store = storeOf(maxKeys);
          let model: string[] = [];
          for (const key of used) {
            store.use(key);
            model = [...model.filter((one) => one !== key), key].slice(-maxKeys);
            hold(
              'least recently used',
              Array.from(store.entries(), ([one]) => one).join() === model.join(),
            );
          }
        },
      ),
      RUNS,
    );
  });

  test('comes back to its bound, however many could not leave for a while', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 100 }),
        (maxKeys, stuck) => {
          const store = storeOf(maxKeys);
          const values = Array.from({ length: stuck }, (_, index) => store.use(`stuck ${index}`));
          for (const value of values) value.busy = true;
          for (let index = 0; index < 200; index += 1) store.use(`passing ${index}`);
          expect(store.size).toBeLessThanOrEqual(
            Math.max(maxKeys, stuck + 1) + Math.ceil(stuck / 16),
          );
          for (const value of values) value.busy = false;
          for (let index = 0; index < 20; index += 1) store.use(`later ${index}`);
          expect(store.size).toBeLessThanOrEqual(maxKeys);
        },
      ),
      RUNS,
    );
  });
});
