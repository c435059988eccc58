import type { Cancellation } from './cancellation.ts';

/** Waits for `work`, but no longer than until `cancellation` is cancelled: then `undefined`. */
export function orCancelled<T>(
  work: PromiseLike<T>,
  cancellation: Cancellation | undefined,
): PromiseLike<T | undefined> {
  if (cancellation === undefined) return work;
  return new Promise((resolve, reject) => {
    const forget = cancellation.onCancel(() => resolve(undefined));
    work.then(
      (value) => {
        forget();
        resolve(value);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
}
