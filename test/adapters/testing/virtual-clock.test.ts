import { describe, expect, test } from '@jest/globals';
import { MAX_TIMER_MS, sleep } from '../../../src/core/clock.ts';
import { virtualClock } from '../../../src/testing.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('time', () => {
  test('stands still until it is told to pass', async () => {
    const clock = virtualClock({ epochMs: 5_000 });
    await turn();
    expect([clock.now(), clock.epochNow()]).toEqual([0, 5_000]);
    await clock.advance(250);
    expect([clock.now(), clock.epochNow()]).toEqual([250, 5_250]);
  });

  test('fires timers in order of due time, then in the order in which they were set', async () => {
    const clock = virtualClock();
    const fired: string[] = [];
    const note = (name: string) => () => void fired.push(`${name}@${clock.now()}`);
    clock.setTimer(note('late'), 30);
    clock.setTimer(note('first'), 10);
    clock.setTimer(note('second'), 10);
    clock.setTimer(note('never'), 31);
    await clock.advance(30);
    expect(fired).toEqual(['first@10', 'second@10', 'late@30']);
    expect(clock.pendingTimers).toBe(1);
    expect(clock.nextTimerInMs).toBe(1);
  });

  test('lets the program settle between two timers of the same moment', async () => {
    const clock = virtualClock();
    const seen: string[] = [];
    void (async () => {
      await sleep(clock, 10);
      for (let hop = 0; hop < 50; hop += 1) await Promise.resolve();
      seen.push('the first sleeper is done');
    })();
    clock.setTimer(() => seen.push('the second timer fires'), 10);
    await clock.advance(10);
    expect(seen).toEqual(['the first sleeper is done', 'the second timer fires']);
  });

  test('includes timers that are set on the way', async () => {
    const clock = virtualClock();
    const wakes: number[] = [];
    void (async () => {
      for (let nap = 0; nap < 4; nap += 1) {
        await sleep(clock, 100);
        wakes.push(clock.now());
      }
    })();
    await clock.advance(350);
    expect(wakes).toEqual([100, 200, 300]);
    await clock.runAll();
    expect(wakes).toEqual([100, 200, 300, 400]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('forgets a cancelled timer', async () => {
    const clock = virtualClock();
    let fired = false;
    const timer = clock.setTimer(() => (fired = true), 10);
    timer.cancel();
    timer.cancel();
    expect(await clock.advanceToNext()).toBe(false);
    await clock.advance(20);
    expect(fired).toBe(false);
  });

  test('moves the wall clock without moving timers', async () => {
    const clock = virtualClock();
    let firedAt: number | undefined;
    clock.setTimer(() => (firedAt = clock.now()), 1_000);
    clock.setEpoch(0);
    expect(clock.epochNow()).toBe(0);
    await clock.advance(1_000);
    expect(firedAt).toBe(1_000);
    expect(clock.epochNow()).toBe(1_000);
  });

  test('fires early by less than a millisecond when told to, and a careful sleeper notices', async () => {
    const clock = virtualClock({ earlyByMs: 0.5 });
    let naiveWokeAt = 0;
    clock.setTimer(() => (naiveWokeAt = clock.now()), 10);
    let carefulWokeAt = 0;
    void sleep(clock, 10).then(() => (carefulWokeAt = clock.now()));
    await clock.runAll();
    expect(naiveWokeAt).toBe(9.5);
    expect(carefulWokeAt).toBeGreaterThanOrEqual(10);
  });
});

describe('run', () => {
  test('gives the value of a promise that needs hours', async () => {
    const clock = virtualClock();
    const work = (async () => {
      for (let hour = 0; hour < 24; hour += 1) await sleep(clock, 3_600_000);
      return 'done';
    })();
    expect(await clock.run(work)).toBe('done');
    expect(clock.now()).toBe(24 * 3_600_000);
  });

  test('passes a rejection on as it is', async () => {
    const clock = virtualClock();
    const reason = new Error('no');
    const work = sleep(clock, 5).then(() => {
      throw reason;
    });
    await expect(clock.run(work)).rejects.toBe(reason);
  });

  test('stops where the promise settles and leaves later timers set', async () => {
    const clock = virtualClock();
    clock.setTimer(() => undefined, 500);
    await clock.run(sleep(clock, 20));
    expect(clock.now()).toBe(20);
    expect(clock.pendingTimers).toBe(1);
  });

  test('lets bodies and long chains of event loop turns finish before time passes', async () => {
    const clock = virtualClock();
    clock.setTimer(() => undefined, 1_000);
    const stream = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (let chunk = 0; chunk < 8; chunk += 1) {
          await turn();
          controller.enqueue(new Uint8Array(10_000));
        }
        controller.close();
      },
    });
    const bytes = await clock.run(new Response(stream).arrayBuffer());
    expect(bytes.byteLength).toBe(80_000);
    expect(clock.now()).toBe(0);
  });

  test('waits for hundreds of event loop turns where no timer is set', async () => {
    const clock = virtualClock();
    const work = (async () => {
      for (let count = 0; count < 300; count += 1) await turn();
      return 'done';
    })();
    expect(await clock.run(work)).toBe('done');
  });

  test('says so where the promise can never settle', async () => {
    const clock = virtualClock();
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow(
      /still pending, no timer is set/,
    );
  });

  test('gives up on a program that sets timers without end', async () => {
    const clock = virtualClock({ maxTimers: 50 });
    const again = () => void clock.setTimer(again, 1);
    again();
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow(/50 timers have fired/);
    await expect(clock.runAll()).rejects.toThrow(/50 timers have fired/);
  });

  test('is not frozen by a test runner that fakes the timers', async () => {
    const { setImmediate: real } = globalThis;
    globalThis.setImmediate = (() => {
      throw new Error('faked');
    }) as unknown as typeof setImmediate;
    try {
      const clock = virtualClock();
      await clock.run(sleep(clock, 10));
      expect(clock.now()).toBe(10);
    } finally {
      globalThis.setImmediate = real;
    }
  });
});

describe('wrong use', () => {
  test('refuses a timer that a real timer could not hold', () => {
    const clock = virtualClock();
    expect(() => clock.setTimer(() => undefined, MAX_TIMER_MS + 1)).toThrow(RangeError);
    expect(() => clock.setTimer(() => undefined, NaN)).toThrow(RangeError);
  });

  test('refuses options and durations out of range, naming them', async () => {
    expect(() => virtualClock({ earlyByMs: 1 })).toThrow(/virtualClock\.earlyByMs/);
    expect(() => virtualClock({ quietTurns: 0 })).toThrow(/virtualClock\.quietTurns/);
    expect(() => virtualClock({ epochMs: NaN })).toThrow(/virtualClock\.epochMs/);
    await expect(virtualClock().advance(-1)).rejects.toThrow(/virtualClock\.advance/);
  });
});
