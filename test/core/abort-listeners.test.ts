import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { onAbort } from '../../src/core/abort-listeners.ts';

const listenersOn = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('onAbort', () => {
  test('a signal carries one listener however many wait, and none when nobody does', () => {
    const { signal } = new AbortController();
    const forgets = Array.from({ length: 100 }, () => onAbort(signal, () => {}));
    expect(listenersOn(signal)).toBe(1);
    for (const forget of forgets.slice(1)) forget();
    expect(listenersOn(signal)).toBe(1);
    forgets[0]!();
    expect(listenersOn(signal)).toBe(0);
  });

  test('everybody is told once, in order, with the reason', () => {
    const controller = new AbortController();
    const told: unknown[] = [];
    for (const name of ['first', 'second']) {
      onAbort(controller.signal, (reason) => told.push(name, reason));
    }
    controller.abort('enough');
    controller.abort('again');
    controller.signal.dispatchEvent(new Event('abort'));
    expect(told).toEqual(['first', 'enough', 'second', 'enough']);
    expect(listenersOn(controller.signal)).toBe(0);
  });

  test('who forgets is not told, even from within another’s being told', () => {
    const controller = new AbortController();
    const told: string[] = [];
    const forgets: (() => void)[] = [];
    forgets.push(onAbort(controller.signal, () => told.push('left')));
    onAbort(controller.signal, () => {
      told.push('first');
      forgets[1]!();
    });
    forgets.push(onAbort(controller.signal, () => told.push('forgotten by the first')));
    forgets[0]!();
    controller.abort();
    expect(told).toEqual(['first']);
  });

  test('forgetting twice takes nobody else away', () => {
    const { signal } = new AbortController();
    const forget = onAbort(signal, () => {});
    forget();
    onAbort(signal, () => {});
    forget();
    expect(listenersOn(signal)).toBe(1);
  });
});
