import { describe, expect, test } from '@jest/globals';
import { simulatedWorld } from 'holdfast/simulator';
import { withVirtualGlobals } from '../../bench/simulated/virtual-globals.ts';

describe('virtual globals', () => {
  test('fire global timers at their virtual moments, and tell virtual time', async () => {
    const world = simulatedWorld();
    const seen: unknown[] = [];
    await withVirtualGlobals(world, async () => {
      setTimeout((word: string) => seen.push(word, performance.now()), 500, 'once');
      clearTimeout(setTimeout(() => seen.push('cancelled'), 100));
      const beat = setInterval(() => seen.push('beat'), 300);
      setTimeout(() => clearInterval(beat), 700).unref();
      const before = Date.now();
      await world.run(2_000);
      seen.push(Date.now() - before);
    });
    expect(seen).toEqual(['beat', 'once', 500, 'beat', 2_000]);
  });

  test('are put back, also after an error', async () => {
    const before = [setTimeout, setInterval, clearTimeout, Date.now, performance.now, Math.random];
    const failed = withVirtualGlobals(simulatedWorld(), () => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
    expect([setTimeout, setInterval, clearTimeout, Date.now, performance.now, Math.random]).toEqual(
      before,
    );
    expect(Object.hasOwn(performance, 'now')).toBe(false);
  });

  test('draw the same numbers for the same seed', async () => {
    const draw = () => withVirtualGlobals(simulatedWorld(), async () => Math.random());
    expect(await draw()).toBe(await draw());
  });
});
