import { describe, expect, test } from '@jest/globals';
import { EventQueue } from '../../../src/adapters/simulator/event-queue.ts';
import { seededRandom } from '../../../src/adapters/simulator/random.ts';

function timesOf(queue: EventQueue): number[] {
  const times: number[] = [];
  for (let event = queue.take(); event !== undefined; event = queue.take()) times.push(event.at);
  return times;
}

describe('the queue of events', () => {
  test('gives events in the order of their times', () => {
    const random = seededRandom(1);
    const queue = new EventQueue();
    const times = Array.from({ length: 1_000 }, () => Math.floor(1e6 * random()));
    for (const time of times) queue.add(time, () => {});
    expect(timesOf(queue)).toEqual(times.toSorted((a, b) => a - b));
  });

  test('gives events of one time in the order in which they were added', () => {
    const queue = new EventQueue();
    const order: number[] = [];
    for (let number = 0; number < 100; number += 1) queue.add(5, () => order.push(number));
    for (let event = queue.take(); event !== undefined; event = queue.take()) event.happen();
    expect(order).toEqual(Array.from({ length: 100 }, (_, number) => number));
  });

  test('forgets a cancelled event, and keeps all others in order', () => {
    const random = seededRandom(2);
    const queue = new EventQueue();
    const events = Array.from({ length: 500 }, () => queue.add(random(), () => {}));
    const cancelled = events.filter((_, index) => index % 3 === 0);
    for (const event of cancelled) {
      event.cancel();
      event.cancel();
    }
    const kept = events.filter((event) => !cancelled.includes(event)).map(({ at }) => at);
    expect(queue.size).toBe(kept.length);
    expect(timesOf(queue)).toEqual(kept.toSorted((a, b) => a - b));
  });

  test('does nothing when an event is cancelled that has been taken', () => {
    const queue = new EventQueue();
    const first = queue.add(1, () => {});
    queue.add(2, () => {});
    queue.take();
    first.cancel();
    expect(timesOf(queue)).toEqual([2]);
  });
});
