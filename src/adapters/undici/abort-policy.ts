import type { Context, Layer, Operation } from '../../core/call.ts';
import { definePolicy } from '../../core/policy.ts';
import { Exchange } from './exchange.ts';

const abortLayer: Layer = <T>(operation: Operation<T>, outer: Context): Promise<T> => {
  const { interpreter } = outer.call;
  if (!(interpreter instanceof Exchange)) return Promise.resolve(operation(outer));
  const { cancellation } = interpreter;
  return new Promise((resolve, reject) => {
    if (cancellation.cancelled) return reject(cancellation.reason);
    // The call settles at once, whatever the layers inside are doing then.
    const forget = cancellation.onCancel(reject);
    Promise.resolve(operation(outer.within(Infinity, cancellation))).then(
      (value) => {
        forget();
        if (cancellation.cancelled) void interpreter.discard(value, cancellation);
        resolve(value);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
};

/**
 * Ends a call when its handler aborts. A dispatcher is aborted by a method, not by a signal: to make
 * one for each request, and to listen to it, would cost more than all the policies together.
 */
export const abortPolicy = definePolicy(abortLayer);
