import { describe, expect, test } from '@jest/globals';
import { KeyedStore } from '../../src/core/keyed-store.ts';

interface Value {
  readonly key: string;
  busy: boolean;
}

const storeOf = (maxKeys: number) =>
  new KeyedStore<Value>(
    maxKeys,
    (key) => ({ key, busy: false }),
    ({ busy }) => (busy ? Infinity : -Infinity),
  );

const keysOf = (store: KeyedStore<Value>) => [...store.entries()].map(([key]) => key);

describe('a store of one value per key', () => {
  test('gives the same value for the same key', () => {
    const store = storeOf(10);
    const a = store.use('a');
    store.use('b');
    expect(store.use('a')).toBe(a);
    expect(store.use('a')).toBe(a);
    expect(store.size).toBe(2);
  });

  test('forgets the least recently used, not the least recently made', () => {
    const store = storeOf(2);
    store.use('a');
    store.use('b');
    store.use('a');
    store.use('c');
    expect(keysOf(store)).toEqual(['a', 'c']);
  });

  test('makes a value anew for a key that it has forgotten', () => {
    const store = storeOf(1);
    const a = store.use('a');
    const b = store.use('b');
    expect(store.use('a')).not.toBe(a);
    expect(store.use('b')).not.toBe(b);
    expect(store.size).toBe(1);
  });

  test('changes nothing when a value is only looked at', () => {
    const store = storeOf(2);
    store.use('a');
    store.use('b');
    store.peek('a');
    expect(store.peek('z')).toBeUndefined();
    store.use('c');
    expect(keysOf(store)).toEqual(['b', 'c']);
  });

  test('keeps what may not be forgotten, and grows past its bound for it', () => {
    const store = storeOf(2);
    store.use('a').busy = true;
    store.use('b').busy = true;
    store.use('c').busy = true;
    expect(keysOf(store).toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('shrinks back to its bound once values may be forgotten again', () => {
    const store = storeOf(2);
    const busy = Array.from({ length: 8 }, (_, index) => {
      const value = store.use(`busy ${index}`);
      value.busy = true;
      return value;
    });
    expect(store.size).toBe(8);
    for (const value of busy) value.busy = false;
    store.use('new');
    expect(store.size).toBe(2);
  });

  test('does not grow for ever because its oldest values cannot leave', () => {
    const store = storeOf(40);
    for (let index = 0; index < 32; index += 1) store.use(`stuck ${index}`).busy = true;
    for (let index = 0; index < 1000; index += 1) store.use(`passing ${index}`);
    expect(store.size).toBeLessThanOrEqual(42);
    for (let index = 0; index < 32; index += 1)
      expect(store.peek(`stuck ${index}`)?.busy).toBe(true);
  });

  test('holds as many as it may when each new value leaves at once', () => {
    const store = storeOf(1);
    for (let index = 0; index < 10; index += 1) {
      expect(store.use(`${index}`).key).toBe(`${index}`);
      expect(store.size).toBe(1);
    }
  });

  test('where all still say something, the one that ends soonest leaves', () => {
    const left: string[] = [];
    const store = new KeyedStore<number>(
      3,
      (key) => Number(key),
      (endsAt) => endsAt,
      (_value, key) => void left.push(key),
    );
    for (const key of ['300', '100', '200', '400', '50', '500']) store.use(key);
    expect(left).toEqual(['100', '200', '50']);
    store.forget('300');
    store.forget('unknown');
    expect(left.at(-1)).toBe('300');
    expect(keysOf(store as never).toSorted()).toEqual(['400', '500']);
  });
});
