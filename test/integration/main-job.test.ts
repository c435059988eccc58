import { describe, expect, test } from '@jest/globals';
import { ondemandFault } from 'holdfast/testing';
import { paletteFor } from '../../examples/main-job/colour.ts';
import { callerGets, requests, verdict } from '../../examples/main-job/expectations.ts';
import { resultTable } from '../../examples/main-job/result-table.ts';
import { liveScreen, plainScreen } from '../../examples/main-job/screen.ts';
import type { Situation } from '../../examples/main-job/situation.ts';
import { runSituation } from '../../examples/main-job/stage.ts';
import { widthOf } from '../../examples/main-job/width.ts';
import { callersWords } from '../../examples/main-job/words.ts';
import { wrap } from '../../examples/main-job/wrapping.ts';

const ESCAPE = '\u001B';

const nobody = {
  event: () => undefined,
  plainly: () => undefined,
  progress: () => undefined,
};

const situation: Situation = {
  group: 'Group',
  title: 'a row for this test',
  server: 'answers with 400',
  ways: 'each',
  expected: [requests(1), verdict('fatal', 'invalid_request'), callerGets(400, 'invalid_request')],
  async act({ server, call }) {
    server.startOutage(ondemandFault('invalid_request'));
    await call('/plugin/v1/list');
  },
};

describe('a row', () => {
  test('is as documented where both ways gave what was expected', async () => {
    const result = await runSituation(situation, nobody);
    expect(result.differences).toEqual([]);
    expect(result.seen.map(({ way }) => way)).toEqual(['resilientFetch', 'resultFetch']);
  });

  test('is not as documented where the server saw, holdfast read or the caller got anything else', async () => {
    const other: Situation = {
      ...situation,
      options: { retry: { maxRetries: 1, baseDelayMs: 0 } },
      async act({ server, call }) {
        server.startOutage(ondemandFault('bad_gateway'));
        await call('/plugin/v1/list');
      },
    };
    const { differences } = await runSituation(other, nobody);
    expect(differences).toEqual([
      'resilientFetch: expected 1 request; the server saw 2',
      'resilientFetch: expected fatal (invalid_request); it was read as retryable (bad_gateway)',
      'resilientFetch: expected caller gets the 400 itself, or Err(http); it got 502 bad_gateway',
      'resultFetch: expected 1 request; the server saw 2',
      'resultFetch: expected fatal (invalid_request); it was read as retryable (bad_gateway)',
      'resultFetch: expected caller gets the 400 itself, or Err(http); it got Err(http 502)',
    ]);
  });

  test('fits 100 columns, its differences below it', async () => {
    const result = await runSituation(situation, nobody);
    const long = { ...result.situation, title: 'a_title_that_is_longer_than_its_column_by_far' };
    const lines = resultTable(
      [{ ...result, situation: long, differences: [`resilientFetch: ${'words '.repeat(30)}`] }],
      paletteFor(false),
    );
    expect(Math.max(...lines.map((line) => line.length))).toBe(100);
    expect(lines.some((line) => line.startsWith('✗ a_title_that_is_longer_'))).toBe(true);
    expect(lines.some((line) => line.startsWith('  ≠ resilientFetch: words'))).toBe(true);
  });
});

describe('a width of its own', () => {
  const cells = [
    'the situation of this_row_with_a_long_name',
    'plugin_execution_timeout rate_limit_exceeded context_length_exceeded',
  ];
  const linesAt = async (width: number) => {
    const result = await runSituation(situation, nobody);
    const long = { ...situation, title: cells[0] ?? '', note: () => cells[1] };
    return resultTable([{ ...result, situation: long }], paletteFor(false), width);
  };

  test.each([60, 80, 99, 100, 130, 160, 200])('the table fits %d columns', async (width) => {
    const lines = await linesAt(width);
    expect(Math.max(...lines.map((line) => line.length))).toBe(width);
  });

  test.each([60, 80, 160])('splits no word at %d columns', async (width) => {
    const words = (await linesAt(width)).join(' ').split(/\s+/);
    for (const word of cells.join(' ').split(' ')) {
      expect(words.some((shown) => shown.startsWith(word))).toBe(true);
    }
  });

  test.each<[string, number | undefined, string | undefined, number]>([
    ['as wide as the terminal', 120, undefined, 120],
    ['the terminal before COLUMNS', 120, '90', 120],
    ['as COLUMNS says where there is none', undefined, '80', 80],
    ['60 at least', 20, undefined, 60],
    ['200 at most', 400, undefined, 200],
    ['100 where nobody says', undefined, undefined, 100],
    ['100 where COLUMNS is no number', undefined, 'wide', 100],
  ])('is %s', (_what, columns, told, expected) => {
    const out = columns === undefined ? {} : { columns };
    expect(widthOf(out, told === undefined ? {} : { COLUMNS: told })).toBe(expected);
  });

  test.each([60, 80, 140])('finished blocks fit %d columns', async (columns) => {
    let text = '';
    const out = { columns, write: (chunk: string) => (text += chunk).length > 0 };
    const screen = plainScreen(out as unknown as NodeJS.WriteStream, paletteFor(false));
    const talkative = { ...situation, server: 'says many words '.repeat(20) };
    screen.started(talkative, 1, 1);
    screen.finished(await runSituation(talkative, nobody));
    const longest = Math.max(...text.split('\n').map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(columns);
    expect(longest).toBeGreaterThan(columns - 20);
  });
});

describe('plain fetch beside it', () => {
  test('gets what fetch gets, on a server of its own, and nothing is expected of it', async () => {
    const passing: Situation = {
      ...situation,
      expected: [requests(2), callerGets(200)],
      async act({ server, call }) {
        server.play(ondemandFault('bad_gateway'));
        await call('/plugin/v1/list');
      },
    };
    const { differences, plainly } = await runSituation(passing, nobody);
    expect(differences).toEqual([]);
    expect(plainly.requests).toHaveLength(1);
    expect(callersWords([plainly])).toBe('502 bad_gateway');
  });

  test('is given up where it would wait for minutes, and says so', async () => {
    const silent: Situation = {
      ...situation,
      options: { totalTimeoutMs: 50 },
      expected: [],
      async act({ server, call }) {
        server.startOutage({ kind: 'never-answers' });
        await call('/plugin/v1/list');
      },
    };
    const { plainly } = await runSituation(silent, nobody);
    expect(callersWords([plainly])).toMatch(/^nothing within 1\.0 s$/);
  });
});

describe('the terminal', () => {
  function terminal() {
    const written: string[] = [];
    const out = { columns: 80, rows: 24, write: (text: string) => written.push(text) > 0 };
    return { out: out as unknown as NodeJS.WriteStream & { fd: 1 }, text: () => written.join('') };
  }

  test('shows what goes on, then only what has happened, and gets its cursor back', async () => {
    const { out, text } = terminal();
    const screen = liveScreen(out, paletteFor(true));
    screen.started(situation, 1, 1);
    expect(text()).toContain('expected');
    screen.finished(await runSituation(situation, screen));
    screen.restore();
    expect(text().startsWith(`${ESCAPE}[?25l`)).toBe(true);
    expect(text().endsWith(`${ESCAPE}[?25h`)).toBe(true);
    expect(text()).toContain('400 invalid_request · Err(http 400)');
  });

  test('is never asked to redraw more lines than it has', () => {
    const { out, text } = terminal();
    out.rows = 8;
    const screen = liveScreen(out, paletteFor(false));
    screen.started({ ...situation, server: 'does much. '.repeat(100) }, 1, 1);
    screen.restore();
    const climbed = Number(
      text()
        .split(`${ESCAPE}[`)
        .find((code) => /^\d+A/.test(code))
        ?.split('A')[0],
    );
    expect(climbed).toBeGreaterThan(2);
    expect(climbed).toBeLessThan(8);
  });

  test('gets lines broken between words, and long words after an underscore', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('rate_limit_exceeded', 12)).toEqual(['rate_limit_', 'exceeded']);
    expect(wrap('x'.repeat(9), 4)).toEqual(['xxxx', 'xxxx', 'x']);
    expect(wrap('', 4)).toEqual(['']);
  });
});
