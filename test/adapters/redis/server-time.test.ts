import { describe, expect, test } from '@jest/globals';
import { ServerTime } from '../../../src/adapters/redis/server-time.ts';

describe('the time of the store', () => {
  // The store's clock shows 1,000,000 more.
  test('is behind by the way back of the quickest answer', () => {
    const time = new ServerTime();
    time.heard(1_000_050, 0, 100);
    expect(time.of(200)).toBe(1_000_150);
    // A quick answer.
    time.heard(1_000_301, 300, 302);
    expect(time.of(302)).toBe(1_000_301);
    // A slow one does not make it worse, but for the drift of the clocks.
    time.heard(1_000_900, 400, 1000);
    expect(time.of(1000)).toBeCloseTo(1_000_999, 0);
  });

  test('is never ahead of the store, however long the question waited before it was sent', () => {
    const time = new ServerTime();
    time.heard(1_000_044.5, 0, 45);
    expect(time.of(45)).toBe(1_000_044.5);
    time.heard(1_000_144.5, 100, 145);
    expect(time.of(145)).toBeCloseTo(1_000_144.5);
  });

  test('lies between the moment that is believed and the latest that it can be', () => {
    const time = new ServerTime();
    // All of the round trip was the way there, or all of it the way back.
    for (const storeAt of [100, 140]) {
      time.heard(1_000_000 + storeAt, 100, 140);
      expect(time.of(140)).toBeLessThanOrEqual(1_000_140);
      expect(time.latestOf(140)).toBeGreaterThanOrEqual(1_000_140);
    }
    expect(time.wayBackMs).toBe(20);
  });

  test('leads back to the local clock', () => {
    const time = new ServerTime();
    time.heard(5000, 10, 12);
    expect(time.localOf(time.of(77))).toBe(77);
  });

  test('begins anew where the store’s clock was set', () => {
    const time = new ServerTime();
    time.heard(1_000_000, 0, 2);
    time.heard(900_000, 10, 12);
    expect(time.of(12)).toBe(900_000);
  });

  test('an answer to a question that waited for a connection is believed to be fresh', () => {
    const time = new ServerTime();
    time.heard(1_005_000, 0, 5000, false);
    expect(time.of(5000)).toBe(1_005_000);
    expect(time.roundTripMs).toBe(0);
  });

  test('remembers the shortest of the latest round trips, none as longer than a second', () => {
    const time = new ServerTime();
    expect(time.roundTripMs).toBe(0);
    time.heard(1000, 0, 5000);
    expect(time.roundTripMs).toBe(1000);
    for (const took of [3, 9, 4, 7, 8]) time.heard(10_000, 10_000 - took, 10_000);
    expect(time.roundTripMs).toBe(4);
  });
});
