import { EventEmitter, getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { deadlineOf, incomingSignal, signalOf, type DeadlineOptions } from '../../../src/server.ts';
import { virtualClock } from '../../../src/testing.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');

const deadlineIn = (headers: Record<string, string>, options: DeadlineOptions = {}) => {
  const deadline = deadlineOf({ headers }, { clock: virtualClock({ epochMs: NOW }), ...options });
  return deadline === undefined ? undefined : deadline - NOW;
};

describe('deadlineOf', () => {
  test.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'x-request-deadline': String(NOW + 1500) }, 1500],
    [{ 'x-request-deadline': '2030-01-01T00:00:02Z' }, 2000],
    [{ 'x-request-deadline': '2030-01-01t01:00:02.25+01:00' }, 2250],
    [{ 'x-request-deadline': '2029-12-31T23:59:59Z' }, -1000],
    [{ 'x-request-timeout-ms': '250' }, 250],
    [{ 'x-request-timeout-ms': '3S' }, 3000],
    [{ 'grpc-timeout': '100m' }, 100],
    [{ 'grpc-timeout': '2H' }, 7_200_000],
    [{ 'grpc-timeout': '1M' }, 60_000],
    [{ 'grpc-timeout': '5000u' }, 5],
    [{ 'grpc-timeout': '1000000n' }, 1],
    [{ 'X-Request-Timeout-Ms': '500', 'grpc-timeout': '1S' }, 500],
    [{ 'x-request-deadline': String(NOW + 100), 'x-request-timeout-ms': '500' }, 100],
    [{ 'x-request-timeout-ms': '600, 500' }, 500],
    [{ 'x-request-timeout-ms': '500, soon' }, 500],
    [{ 'grpc-timeout': '1S, 2S' }, 1000],
    [{ 'x-request-deadline': `${NOW + 700}, 2030-01-01T00:00:00.3Z` }, 300],
    [{ 'x-request-deadline': '2032-02-29T00:00:00Z' }, Date.UTC(2032, 1, 29) - NOW],
    [{ 'x-request-deadline': '2030-01-01T23:59:59-01:00' }, Date.UTC(2030, 0, 2, 0, 59, 59) - NOW],
  ])('reads %j', (headers, remainingMs) => {
    expect(deadlineIn(headers)).toBe(remainingMs);
  });

  test.each([
    { 'x-request-deadline': 'tomorrow' },
    { 'x-request-deadline': '2030-01-01' },
    { 'x-request-deadline': '2030-13-01T00:00:00Z' },
    { 'x-request-deadline': '2030-02-30T00:00:00Z' },
    { 'x-request-deadline': '2031-02-29T00:00:00.5+01:00' },
    { 'x-request-deadline': '2030-01-01T24:00:00Z' },
    { 'x-request-deadline': '1893456000' },
    { 'x-request-timeout-ms': '-5' },
    { 'x-request-timeout-ms': '1e3' },
    { 'x-request-timeout-ms': '' },
    { 'grpc-timeout': '123456789S' },
    { 'grpc-timeout': '5s' },
  ])('finds nothing in %j', (headers) => {
    expect(deadlineIn(headers as unknown as Record<string, string>)).toBeUndefined();
  });

  test('reads headers of your own names, and Headers', () => {
    const options = { deadlineHeader: 'X-Due', timeoutHeader: 'X-Within' };
    expect(deadlineIn({ 'x-due': String(NOW + 7) }, options)).toBe(7);
    expect(deadlineIn({ 'x-within': '9' }, options)).toBe(9);
    expect(deadlineIn({ 'x-request-timeout-ms': '9' }, options)).toBeUndefined();
    const clock = virtualClock({ epochMs: NOW });
    expect(deadlineOf({ headers: new Headers({ 'grpc-timeout': '5m' }) }, { clock })).toBe(NOW + 5);
  });

  test('gives at most maxMs, whatever a client asks for, and where it asks for nothing', () => {
    expect(deadlineIn({ 'grpc-timeout': '1H' }, { maxMs: 1000 })).toBe(1000);
    expect(deadlineIn({}, { maxMs: 1000 })).toBe(1000);
    expect(deadlineIn({ 'grpc-timeout': '1m' }, { maxMs: 1000 })).toBe(1);
  });

  test('throws for wrong options', () => {
    expect(() => deadlineOf({ headers: {} }, { maxMs: 0 })).toThrow('deadlineOf.maxMs');
    expect(() => deadlineOf({ headers: {} }, { deadlineHeader: 'a b' })).toThrow(
      'deadlineOf.deadlineHeader must be the name of a header',
    );
  });
});

/** A response as `node:http` has it, as far as it is looked at. */
class FakeResponse extends EventEmitter {
  destroyed = false;
  writableEnded = false;
  writableFinished = false;
  close(how: 'finished' | 'cut off'): void {
    this.destroyed = true;
    this.writableEnded = how === 'finished';
    this.writableFinished = how === 'finished';
    this.emit('close');
  }
}

describe('signalOf', () => {
  test('aborts when the response is cut off, not when it is finished', () => {
    const [left, finished] = [new FakeResponse(), new FakeResponse()];
    const signals = [signalOf(left), signalOf(finished)];
    left.close('cut off');
    finished.close('finished');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]!.reason).toMatchObject({ name: 'AbortError' });
    expect([left, finished].map((response) => response.listenerCount('close'))).toEqual([0, 0]);
  });

  test('is aborted from the start where the client has left already', () => {
    const response = new FakeResponse();
    response.close('cut off');
    expect(signalOf({ raw: response }).aborted).toBe(true);
    expect(signalOf(new Request('http://x/', { signal: AbortSignal.abort() })).aborted).toBe(true);
  });

  test('follows the signal of a Request', () => {
    const controller = new AbortController();
    const signal = signalOf({ raw: { signal: controller.signal } });
    expect(signal.aborted).toBe(false);
    controller.abort('whatever');
    expect(signal.reason).toMatchObject({ name: 'AbortError' });
  });
});

describe('incomingSignal', () => {
  const setUp = (headers: Record<string, string>) => {
    const clock = virtualClock({ epochMs: NOW });
    const response = new FakeResponse();
    const signal = incomingSignal({ headers }, response, { clock });
    return { clock, response, signal };
  };

  test('aborts when the deadline passes, and not before', async () => {
    const { clock, signal } = setUp({ 'grpc-timeout': '100m' });
    await clock.advance(99);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  test('is aborted from the start where the deadline has passed', () => {
    const { clock, signal } = setUp({ 'x-request-deadline': String(NOW - 1) });
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
    expect(clock.pendingTimers).toBe(0);
  });

  test.each(['finished', 'cut off'] as const)(
    'leaves no timer and no listener once the response is %s',
    (how) => {
      const { clock, response, signal } = setUp({ 'grpc-timeout': '1S' });
      expect(clock.pendingTimers).toBe(1);
      response.close(how);
      expect([clock.pendingTimers, response.listenerCount('close')]).toEqual([0, 0]);
      expect(signal.aborted).toBe(how === 'cut off');
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    },
  );

  test('sets no timer where there is no deadline', () => {
    const { clock, signal } = setUp({});
    expect([clock.pendingTimers, signal.aborted]).toEqual([0, false]);
  });
});
