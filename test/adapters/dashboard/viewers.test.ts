import { expect, test } from '@jest/globals';
import { resilientFetch } from 'holdfast';
import { repeat, scriptedFetch, virtualClock } from 'holdfast/testing';
import { controlOf } from '../../../src/index.ts';
import { BoardModel } from '../../../src/adapters/dashboard/board-model.ts';
import { Viewers } from '../../../src/adapters/dashboard/viewers.ts';

/** Viewers of a fetch, in virtual time, and pages that take what they are given, or nothing. */
function watching() {
  const clock = virtualClock();
  const fetch = resilientFetch(scriptedFetch([repeat(200)], { clock }), { clock });
  const model = new BoardModel([{ name: undefined, control: controlOf(fetch) }], 10, clock);
  const read = () => ({ title: '', actions: false, problem: null, ...model.read() });
  const viewers = new Viewers({ read, updateMs: 1_000, maxViewers: 5, clock });
  const page = (takes: () => boolean) => {
    const parts: string[] = [];
    const state = { parts, ended: 0 };
    const viewer = {
      write(part: string) {
        parts.push(part);
        return takes();
      },
      end: () => void (state.ended += 1),
    };
    viewers.add(viewer);
    return { ...state, state, viewer };
  };
  const call = () => clock.run(fetch('https://api.example.com/'));
  const kinds = (parts: readonly string[]) =>
    parts.map((part) => /^event: (\w+)/.exec(part)?.[1] ?? '');
  return { clock, viewers, page, call, kinds };
}

test('a page gets everything first, then what has changed, and nothing where nothing has', async () => {
  const { clock, page, call, kinds } = watching();
  await call();
  const { parts } = page(() => true);
  await clock.advance(0);
  await clock.advance(1_000);
  await call();
  await clock.advance(1_000);
  expect(kinds(parts)).toEqual(['snapshot', 'update']);
});

test('a page that takes nothing is given nothing, and then everything at once', async () => {
  const { clock, viewers, page, call, kinds } = watching();
  let takes = false;
  const { parts, viewer } = page(() => takes);
  for (let second = 0; second < 10; second += 1) {
    await call();
    await clock.advance(1_000);
  }
  expect(parts).toHaveLength(1);
  takes = true;
  viewers.ready(viewer);
  await call();
  await clock.advance(1_000);
  expect(kinds(parts)).toEqual(['snapshot', 'snapshot']);
});

test('a page that takes nothing for half a minute is let go', async () => {
  const { clock, viewers, page } = watching();
  const { state } = page(() => false);
  await clock.advance(35_000);
  expect([viewers.count, state.ended, clock.pendingTimers]).toEqual([0, 1, 0]);
});

test('a silent stream says from time to time that it lives', async () => {
  const { clock, page, kinds } = watching();
  const { parts } = page(() => true);
  await clock.advance(60_000);
  expect(kinds(parts).slice(0, 2)).toEqual(['snapshot', 'update']);
  expect(parts.length).toBeLessThan(7);
});

test('no timer is left once the last page has gone', async () => {
  const { clock, viewers, page } = watching();
  const { viewer } = page(() => true);
  await clock.advance(1_000);
  expect(clock.pendingTimers).toBe(1);
  viewers.remove(viewer);
  expect(clock.pendingTimers).toBe(0);
});

test('a reader that fails once does not end the stream', async () => {
  const clock = virtualClock();
  let reads = 0;
  const viewers = new Viewers({
    read() {
      reads += 1;
      if (reads === 2) throw new Error('no snapshot');
      return { title: '', at: reads, actions: false, leftOut: 0, problem: null, keys: [] };
    },
    updateMs: 1_000,
    maxViewers: 1,
    clock,
  });
  viewers.add({ write: () => true, end() {} });
  await clock.advance(3_500);
  expect(reads).toBeGreaterThan(3);
  viewers.close();
});
