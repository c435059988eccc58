import { onAbort } from '../../core/abort-listeners.ts';
import { abortWhileInUse, followWeakly } from '../../core/attempt-signal.ts';
import type { BodyReader } from './shared-body.ts';

/**
 * Lets a caller's abort end its part of a shared body, or cut off a body that is its own alone: for
 * as long as that is in use, where the runtime can tell.
 *
 * @param body - given where the target is the controller of its request
 */
export function followAbort(
  caller: AbortSignal | undefined,
  target: BodyReader | AbortController,
  body?: ReadableStream | null,
): void {
  if (caller === undefined) return;
  // Cloudflare Workers have one since 2025 only.
  if (typeof FinalizationRegistry !== 'function') {
    onAbort(caller, (reason) => target.abort(reason));
  } else if (body) {
    abortWhileInUse(target as AbortController, body, caller);
  } else {
    followWeakly(target, caller);
  }
}
