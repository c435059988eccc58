import { describe, expect, test } from '@jest/globals';
import { paletteFor } from '../../examples/main-job/colour.ts';
import { PlainStory } from '../../examples/main-job/plain-story.ts';
import { liveScreen } from '../../examples/main-job/screen.ts';
import { sideBySide } from '../../examples/main-job/side-by-side.ts';
import type { Outcome, Situation } from '../../examples/main-job/situation.ts';
import { runSituation } from '../../examples/main-job/stage.ts';
import { ondemandFault } from 'holdfast/testing';

const situation: Situation = {
  group: 'Group',
  title: 'a row for this test',
  server: 'answers with 502 once, then properly',
  ways: 'each',
  expected: [],
  async act({ server, call }) {
    server.play(ondemandFault('bad_gateway'));
    await call('/plugin/v1/list');
  },
};

const outcome = (status: number): Outcome => ({
  way: 'fetch',
  gave: 'response',
  status,
  errorCode: undefined,
  body: 'whole',
  report: undefined,
  tookMs: 1,
  at: 1,
});

describe('two columns', () => {
  test.each([80, 121, 200])('fit %d columns, and lose no word', (width) => {
    const words = Array.from({ length: 60 }, (_none, index) => `word${index}`);
    const lines = sideBySide([words.join(' ')], [words.join(' '), 'end'], width);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    const shown = lines.join(' ').split(/[ │]+/);
    for (const word of words) expect(shown.filter((other) => other === word)).toHaveLength(2);
  });
});

describe('a window', () => {
  async function played(columns: number): Promise<string> {
    let text = '';
    const out = { columns, rows: 40, write: (chunk: string) => (text += chunk).length > 0 };
    const screen = liveScreen(out as unknown as NodeJS.WriteStream & { fd: 1 }, paletteFor(false));
    screen.started(situation, 1, 1);
    screen.finished(await runSituation(situation, screen));
    screen.restore();
    // oxlint-disable-next-line no-control-regex -- the movements of the cursor
    return text.replaceAll(/\u001B\[[\d;?]*[A-Za-z]/g, '');
  }

  test.each([80, 120, 200])('of %d columns shows plain fetch beside holdfast', async (columns) => {
    const text = await played(columns);
    expect(text).toMatch(/plain fetch +│ holdfast/);
    expect(text).toMatch(/→ 502 bad_gateway +│/);
    expect(text).toMatch(/│ → 200 · Ok\(200\)/);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  });

  test('that is narrow shows one after the other', async () => {
    const text = await played(70);
    expect(text).not.toContain('│');
    expect(text).toMatch(/fetch +alone: 1 request; its caller got 502 bad_gateway/);
  });
});

describe('the story of plain fetch', () => {
  test('is told call by call', () => {
    const story = new PlainStory(performance.now());
    story.asks();
    story.gets(outcome(502));
    expect(story.lines).toEqual([
      expect.stringMatching(/^\d\.\d+ s asks the server$/),
      expect.stringMatching(/^\d\.\d+ s its caller gets 502$/),
    ]);
  });

  test('is counted where there are many calls', () => {
    const story = new PlainStory(performance.now());
    for (let call = 0; call < 100; call += 1) {
      story.asks();
      story.gets(outcome(call < 30 ? 503 : 200));
    }
    expect(story.lines).toEqual(['100 calls', 'callers get 30 × 503', 'callers get 70 × 200']);
  });
});
