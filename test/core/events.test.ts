// oxlint-disable unicorn/no-thenable -- an observer may return anything
import { expect, jest, test } from '@jest/globals';
import { emit, type EventListener, type ResilienceEvent } from '../../src/core/events.ts';

const event: ResilienceEvent = {
  type: 'queued',
  by: 'token-bucket',
  callId: 'id-1',
  key: 'k',
  method: undefined,
  route: undefined,
  attempt: 1,
  waitMs: 5,
};

test('an observer is told at once', () => {
  const listener = jest.fn<EventListener>();
  emit(listener, event);
  expect(listener).toHaveBeenCalledWith(event);
});

test.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('observer');
    },
  ],
  ['rejects', () => Promise.reject(new Error('observer'))],
  [
    'returns something whose then throws',
    () => ({
      then() {
        throw new Error('observer');
      },
    }),
  ],
  [
    'returns something whose then cannot be read',
    () =>
      Object.defineProperty({}, 'then', {
        get() {
          throw new Error('observer');
        },
      }),
  ],
  ['returns null', () => null],
])('an observer that %s changes nothing', async (_what, observe) => {
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  expect(() => emit(observe as EventListener, event)).not.toThrow();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
