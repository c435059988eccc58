import { describe, expect, test } from '@jest/globals';
import { MAX_TIMER_MS, type Clock } from '../../src/core/clock.ts';
import { Deadline, Deadlines } from '../../src/core/deadlines.ts';
import { virtualClock } from '../../src/testing.ts';
import { singleCallClock } from './single-call-clock.ts';

class Passing extends Deadline {
  readonly pass: () => void;

  constructor(dueAt: number, pass: () => void) {
    super(undefined, dueAt);
    this.pass = pass;
  }
}

/** Deadlines that are all `timeoutMs` away. */
function deadlinesOf(clock: Clock, timeoutMs: number) {
  const deadlines = new Deadlines(clock);
  return {
    add(now: number, pass: () => void): Deadline {
      const deadline = new Passing(now + timeoutMs, pass);
      deadlines.add(deadline);
      return deadline;
    },
    remove: (deadline: Deadline) => deadlines.remove(deadline),
  };
}

describe('deadlines', () => {
  test('share one timer however many wait, and hold none when nobody does', async () => {
    const clock = virtualClock();
    const deadlines = deadlinesOf(clock, 100);
    const passed: number[] = [];
    const all = Array.from({ length: 1000 }, (_, index) =>
      deadlines.add(clock.now(), () => passed.push(index)),
    );
    expect(clock.pendingTimers).toBe(1);
    for (const deadline of all.slice(1)) deadlines.remove(deadline);
    expect(clock.pendingTimers).toBe(1);
    deadlines.remove(all[0]!);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1000);
    expect(passed).toEqual([]);
  });

  test('pass each at its own moment, never early, in the order of arrival', async () => {
    const clock = virtualClock({ earlyByMs: 0.9 });
    const deadlines = deadlinesOf(clock, 100);
    const passed: [string, boolean][] = [];
    const add = (name: string, addedAt: number) =>
      deadlines.add(addedAt, () => passed.push([name, clock.now() >= addedAt + 100]));
    add('a', clock.now());
    await clock.advance(30);
    const b = add('b', clock.now());
    add('c', clock.now());
    await clock.advance(40);
    add('d', clock.now());
    deadlines.remove(b);
    await clock.runAll();
    expect(passed).toEqual([
      ['a', true],
      ['c', true],
      ['d', true],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('pass in time also where one that passes leads to a new one', async () => {
    const clock = virtualClock();
    const deadlines = deadlinesOf(clock, 100);
    const passedAt: Record<string, number> = {};
    const note = (name: string) => () => (passedAt[name] = clock.now());
    deadlines.add(clock.now(), () => {
      note('first')();
      deadlines.add(clock.now(), note('new'));
    });
    await clock.advance(10);
    deadlines.add(clock.now(), note('second'));
    await clock.runAll();
    expect(passedAt).toEqual({ first: 100, second: 110, new: 200 });
  });

  test('leave no timer behind where the one that passes leads to a new one that is removed', async () => {
    const clock = virtualClock();
    const deadlines = deadlinesOf(clock, 100);
    deadlines.add(clock.now(), () => {
      deadlines.remove(deadlines.add(clock.now(), () => {}));
    });
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });

  test('reach beyond 2^31−1 ms', async () => {
    const clock = virtualClock();
    const deadlines = deadlinesOf(clock, 2 * MAX_TIMER_MS);
    let passedAt: number | undefined;
    deadlines.add(clock.now(), () => (passedAt = clock.now()));
    await clock.runAll();
    expect(passedAt).toBe(2 * MAX_TIMER_MS);
  });

  test('pass although the request that came first has ended, where timers end with requests', async () => {
    const time = virtualClock();
    const clock = singleCallClock(time);
    const deadlines = deadlinesOf(clock, 100);
    const passed: string[] = [];
    const end = clock.request(() => void deadlines.add(clock.now(), () => passed.push('a')));
    await time.advance(10);
    clock.request(() => void deadlines.add(clock.now(), () => passed.push('b')));
    const removed = deadlines.add(clock.now(), () => passed.push('removed'));
    end();
    deadlines.remove(removed);
    await time.advance(99);
    expect(passed).toEqual([]);
    await time.advance(1);
    expect(passed).toEqual(['b']);
    expect(time.pendingTimers).toBe(0);
  });

  test('share one timer of their clock, and pass in their order, however far apart they are', async () => {
    const clock = virtualClock();
    const passed: string[] = [];
    const near = deadlinesOf(clock, 100);
    const far = deadlinesOf(clock, 250);
    far.add(clock.now(), () => passed.push('far'));
    near.add(clock.now(), () => passed.push('near'));
    await clock.advance(200);
    near.add(clock.now(), () => passed.push('near again'));
    expect(clock.pendingTimers).toBe(1);
    expect(passed).toEqual(['near']);
    await clock.runAll();
    expect(passed).toEqual(['near', 'far', 'near again']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('keep the timer of an idle clock where it keeps no process alive, and hold it while one waits', () => {
    const log: string[] = [];
    const clock: Clock = {
      now: () => 0,
      epochNow: () => 0,
      setTimer: () => ({
        cancel: () => void log.push('cancel'),
        ref: () => void log.push('ref'),
        unref: () => void log.push('unref'),
      }),
    };
    const deadlines = deadlinesOf(clock, 100);
    const first = deadlines.add(0, () => {});
    deadlines.remove(first);
    deadlines.remove(deadlines.add(0, () => {}));
    expect(log).toEqual(['unref', 'ref', 'unref']);
  });
});
