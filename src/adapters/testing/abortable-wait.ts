import { setAlarm, type Clock } from '../../core/clock.ts';

/** Resolves after `delayMs`, or rejects with the signal's reason and cancels its timer. */
export function delay(clock: Clock, delayMs = 0, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  if (!(delayMs > 0)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const alarm = setAlarm(
      clock,
      () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      },
      clock.now() + delayMs,
    );
    const abort = () => {
      alarm.cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Settles as `work` does, or rejects with the signal's reason if that aborts first. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const forget = () => signal.removeEventListener('abort', abort);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(forget);
  });
}
