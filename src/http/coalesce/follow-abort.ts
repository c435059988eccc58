import { onAbort } from '../../core/abort-listeners.ts';
import { abortWhileInUse, followWeakly } from '../../core/attempt-signal.ts';
import type { BodyReader } from './shared-body.ts';

// Cloudflare Workers have one since 2025 only.
const canFollowWeakly = typeof FinalizationRegistry === 'function';

/** Lets a caller's abort end its part of a shared body, for as long as that is in use. */
export function abortReaderWith(caller: AbortSignal, reader: BodyReader): void {
  if (canFollowWeakly) followWeakly(reader, caller);
  else onAbort(caller, (reason) => reader.abort(reason));
}

/** Lets a caller's abort cut off a body that is its own alone, for as long as that is in use. */
export function abortBodyWith(
  caller: AbortSignal,
  body: ReadableStream,
  controller: AbortController,
): void {
  if (canFollowWeakly) abortWhileInUse(controller, body, caller);
  else onAbort(caller, (reason) => controller.abort(reason));
}
