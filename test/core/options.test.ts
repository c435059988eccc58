import { describe, expect, test } from '@jest/globals';
import {
  OptionError,
  anything,
  callable,
  nonNegative,
  objectWith,
  oneOf,
  ownedBy,
  positive,
  positiveOrInfinity,
  ratio,
  readOptions,
  wholeNumber,
  type Check,
  type Checks,
} from '../../src/core/options.ts';

interface Options {
  readonly size?: number | undefined;
  readonly mode?: 'fast' | 'slow' | undefined;
}
const CHECKS: Checks<Options> = { size: wholeNumber(1), mode: oneOf('fast', 'slow') };
const read = (options: unknown, required: readonly (keyof Options)[] = []) =>
  readOptions('thing', options as Options, { mode: 'fast' as const }, CHECKS, required);

const complaintOf = (run: () => unknown): OptionError => {
  try {
    run();
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('options are read', () => {
  test('over their defaults, into an object of their own that is frozen', () => {
    const given = { size: 3 };
    const settings = read(given);
    given.size = 4;
    expect(settings).toEqual({ size: 3, mode: 'fast' });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  test('with undefined for left out, also a default that is given as undefined', () => {
    expect(read(undefined)).toEqual({ mode: 'fast' });
    expect(read({ size: undefined, mode: undefined })).toEqual({ mode: 'fast' });
  });

  test('and complain about one that is required and missing', () => {
    const error = complaintOf(() => read({}, ['size']));
    expect(error.option).toBe('thing.size');
    expect(error.message).toBe(
      'thing.size must be a whole number of at least 1, but it is undefined',
    );
    expect(() => read({ size: undefined }, ['size'])).toThrow(OptionError);
  });

  test.each([
    ['null', null],
    ['an array', []],
    ['an array', [1]],
    ['a function', () => {}],
    ['"fast"', 'fast'],
    ['3', 3],
    ['false', false],
  ])('and complain about %s where an object is expected', (words, options) => {
    const error = complaintOf(() => read(options));
    expect(error.message).toBe(`thing must be an object of options, but it is ${words}`);
    expect(error.option).toBe('thing');
    expect(error).toBeInstanceOf(TypeError);
    expect(error.name).toBe('OptionError');
  });

  test.each(['sise', 'constructor', 'toString', '__proto__', 'hasOwnProperty', ''])(
    'and complain about the unknown name %j, naming those that are known',
    (name) => {
      const options = Object.defineProperty({}, name, { value: 1, enumerable: true });
      const error = complaintOf(() => read(options));
      expect(error.option).toBe(`thing.${name}`);
      expect(error.message).toContain('size, mode');
    },
  );

  test('and complain in words that tell the value apart from a right one', () => {
    const said = (size: unknown) => complaintOf(() => read({ size })).message.split('it is ')[1];
    expect(said('3')).toBe('"3"');
    expect(said(3n)).toBe('3n');
    expect(said(NaN)).toBe('NaN');
    expect(said(Symbol('three'))).toBe('Symbol(three)');
    expect(said(null)).toBe('null');
    expect(said([3])).toBe('an array');
    expect(said({ valueOf: () => 3 })).toBe('an object');
    expect(said(() => 3)).toBe('a function');
    expect(said(true)).toBe('true');
  });

  test('and an error says the same under the name of the owner that passed the option on', () => {
    const error = ownedBy(
      'shop.thing',
      complaintOf(() => read({ size: 0 })),
    );
    expect(error.option).toBe('shop.thing.size');
    expect(error.message).toBe('shop.thing.size must be a whole number of at least 1, but it is 0');
    expect(
      ownedBy(
        'shop',
        complaintOf(() => read(null)),
      ).message,
    ).toMatch(/^shop must be/);
  });
});

describe('a check accepts what its words say, and nothing else', () => {
  const NUMBERS = [-Infinity, -1, -0.5, 0, 1e-9, 0.5, 1, 1.5, 2, 2 ** 53, 1e300, Infinity];
  const table: readonly [string, Check, readonly number[]][] = [
    ['wholeNumber(0)', wholeNumber(0), [0, 1, 2]],
    ['wholeNumber(1)', wholeNumber(1), [1, 2]],
    ['wholeNumber(0, or-infinity)', wholeNumber(0, 'or-infinity'), [0, 1, 2, Infinity]],
    ['nonNegative', nonNegative, [0, 1e-9, 0.5, 1, 1.5, 2, 2 ** 53, 1e300]],
    ['positive', positive, [1e-9, 0.5, 1, 1.5, 2, 2 ** 53, 1e300]],
    ['positiveOrInfinity', positiveOrInfinity, [1e-9, 0.5, 1, 1.5, 2, 2 ** 53, 1e300, Infinity]],
    ['ratio', ratio, [1e-9, 0.5, 1]],
  ];
  test.each(table)('%s', (_name, { accepts, expected }, accepted) => {
    expect(NUMBERS.filter(accepts)).toEqual(accepted);
    for (const other of [NaN, '1', null, undefined, true, [], {}, 1n]) {
      expect(accepts(other)).toBe(false);
    }
    expect(expected).toMatch(/number/);
  });

  test('oneOf, callable, objectWith, anything', () => {
    expect(['fast', 'FAST', ['fast'], undefined].map(oneOf('fast').accepts)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect([() => {}, Date, {}, 'f'].map(callable.accepts)).toEqual([true, true, false, false]);
    const walker = objectWith('walk', 'run');
    expect(walker.expected).toBe('an object with walk(), run()');
    expect(walker.accepts({ walk() {}, run() {} })).toBe(true);
    expect(walker.accepts({ walk() {}, run: 1 })).toBe(false);
    expect([null, undefined, 1, 'x', []].some(walker.accepts)).toBe(false);
    expect(anything.accepts(undefined)).toBe(true);
  });
});
