import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nearest } from '../../src/cli/nearest.ts';
import { exactDuration, shortDuration } from '../../src/cli/terminal/duration.ts';
import { GrowingLine } from '../../src/cli/terminal/growing-line.ts';
import { oneLine } from '../../src/cli/terminal/one-line.ts';
import { terminalOf } from '../../src/cli/terminal/terminal.ts';
import { wrapped } from '../../src/cli/terminal/wrap.ts';

describe('colours', () => {
  test.each<[boolean, Record<string, string>, boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('on a terminal: %j, with %j: %j', (isTTY, environment, expected) => {
    expect(terminalOf({ isTTY, columns: 80 }, environment).hasColours).toBe(expected);
  });
});

describe('the width', () => {
  test.each<[object, Record<string, string>, number]>([
    [{ isTTY: true, columns: 132 }, {}, 132],
    [{ isTTY: true, columns: 20 }, {}, 40],
    [{ isTTY: true, columns: 500 }, {}, 200],
    [{ isTTY: false }, {}, 80],
    [{ isTTY: false }, { COLUMNS: '120' }, 120],
    [{ isTTY: true, columns: 0 }, { COLUMNS: 'x' }, 40],
  ])('of %j with %j is %d', (stream, environment, columns) => {
    expect(terminalOf(stream, environment).columns).toBe(columns);
  });
});

test('lines are broken between words, and hold all of them in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/)),
      fc.integer({ min: 5, max: 60 }),
      (words, width) => {
        const lines = wrapped(words.join(' '), width);
        expect(lines.flatMap((line) => line.split(' '))).toEqual(words);
        for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
      },
    ),
  );
});

test('a growing line goes on below its column', () => {
  let printed = '';
  const line = new GrowingLine((text) => (printed += text), 20, '  name  ');
  for (const word of ['one', 'two', 'three', 'four']) line.add(word, (text) => text.toUpperCase());
  line.end();
  expect(printed).toBe('  name  ONE TWO\n        THREE FOUR\n');
});

test('one line has no control characters, no direction marks and no line breaks', () => {
  expect(oneLine('a\u001b[31m\nb\u202ec\u2028d')).toBe('a [31m b c d');
});

test.each([
  ['explian', 'explain'],
  ['sim', 'simulate'],
  ['DOCTOR', 'doctor'],
  ['x', undefined],
  ['constructor', undefined],
])('%s is nearest to %s', (given, expected) => {
  expect(nearest(given, ['demo', 'explain', 'doctor', 'simulate'])).toBe(expected);
});

test('durations are in the units that suit them', () => {
  expect([0, 480, 3_240, 45_000, 300_000, 90_061_000].map(shortDuration)).toEqual([
    '0 ms',
    '480 ms',
    '3.2 s',
    '45 s',
    '5 min',
    '1 d 1 h',
  ]);
  expect(exactDuration(3_900_000)).toBe('1 h 5 min (3900 s)');
});
