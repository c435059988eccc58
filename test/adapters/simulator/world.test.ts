import { describe, expect, test } from '@jest/globals';
import { simulatedWorld } from '../../../src/simulator.ts';

describe('a simulated world', () => {
  test('lets events happen at their moments, in order', async () => {
    const world = simulatedWorld();
    const seen: string[] = [];
    world.after(30, () => seen.push(`c ${world.now}`));
    world.at(10, () => {
      seen.push(`a ${world.now}`);
      world.after(5, () => seen.push(`b ${world.now}`));
    });
    await world.run(20);
    expect(seen).toEqual(['a 10', 'b 15']);
    expect(world.now).toBe(20);
    await world.run(100);
    expect(seen.at(-1)).toBe('c 30');
    expect(world.pendingEvents).toBe(0);
  });

  test('goes on only when all promises that an event set going have run', async () => {
    const world = simulatedWorld();
    const { clock } = world;
    const seen: number[] = [];
    world.at(10, () => {
      void (async () => {
        for (let step = 0; step < 500; step += 1) await Promise.resolve();
        seen.push(clock.now());
      })();
    });
    world.at(11, () => seen.push(clock.now()));
    await world.run(20);
    expect(seen).toEqual([10, 11]);
  });

  test('goes on only when immediates that an event set going have run', async () => {
    const world = simulatedWorld();
    const { clock } = world;
    const seen: number[] = [];
    world.at(10, () => {
      void (async () => {
        for (let step = 0; step < 5; step += 1) {
          await new Promise((resolve) => setImmediate(resolve));
          seen.push(clock.now());
        }
      })();
    });
    world.at(11, () => seen.push(clock.now()));
    await world.run(20);
    expect(seen).toEqual([10, 10, 10, 10, 10, 11]);
  });

  test('fires the timers of its clock, and none that was cancelled', async () => {
    const world = simulatedWorld();
    const seen: number[] = [];
    world.clock.setTimer(() => seen.push(world.clock.now()), 1.5);
    world.clock.setTimer(() => seen.push(-1), 1).cancel();
    await world.run(10);
    expect(seen).toEqual([1.5]);
    expect(world.clock.epochNow()).toBe(Date.UTC(2026, 0, 1) + 10);
  });

  test('refuses a timer that no real clock holds', () => {
    expect(() => simulatedWorld().clock.setTimer(() => {}, 2 ** 31)).toThrow(RangeError);
  });

  test('rejects with the error of an event', async () => {
    const world = simulatedWorld();
    world.at(1, () => {
      throw new Error('the event failed');
    });
    await expect(world.run(2)).rejects.toThrow('the event failed');
  });

  test('runs once at a time', async () => {
    const world = simulatedWorld();
    const first = world.run(5);
    await expect(world.run(5)).rejects.toThrow('already running');
    await first;
  });

  test('gives each name a stream of its own, the same for the same seed', () => {
    const numbers = (seed: number, name: string) => {
      const random = simulatedWorld({ seed }).randomOf(name);
      return [random(), random(), random()];
    };
    expect(numbers(1, 'a')).toEqual(numbers(1, 'a'));
    expect(numbers(1, 'a')).not.toEqual(numbers(1, 'b'));
    expect(numbers(1, 'a')).not.toEqual(numbers(2, 'a'));
    const world = simulatedWorld();
    expect(world.randomOf('a')).toBe(world.randomOf('a'));
  });

  test('refuses wrong options by name', async () => {
    expect(() => simulatedWorld({ quietTurns: 0 })).toThrow(/simulatedWorld.quietTurns/);
    await expect(simulatedWorld().run(-1)).rejects.toThrow(/world.run/);
  });
});
