import { describe, expect, test } from '@jest/globals';
import { ondemandFault } from 'holdfast/testing';
import { paletteFor } from '../../examples/main-job/colour.ts';
import { callerGets, requests, verdict } from '../../examples/main-job/expectations.ts';
import { resultTable } from '../../examples/main-job/result-table.ts';
import { liveScreen } from '../../examples/main-job/screen.ts';
import type { Situation } from '../../examples/main-job/situation.ts';
import { runSituation } from '../../examples/main-job/stage.ts';
import { wrap } from '../../examples/main-job/wrapping.ts';

const ESCAPE = '\u001B';

const nobody = { event: () => undefined, progress: () => undefined };

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
