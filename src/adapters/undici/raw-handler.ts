import type { DispatchHandler } from './dispatching.ts';

/** Names and values in turns, as they came; a repeated field may have a list of values. */
export type RawHeaders = readonly (Uint8Array | readonly Uint8Array[])[];

/**
 * A handler of undici's older kind, which `request`, `stream` and `pipeline` of undici 7 still are:
 * it takes headers as they came, and says `false` to pause. undici translates between the kinds,
 * which costs as much as all that holdfast does; where both ends are of this kind nothing need be.
 */
export interface RawHandler {
  onConnect(abort: (reason?: Error) => void, context: object): void;
  onResponseStarted?(): void;
  onHeaders(
    statusCode: number,
    headers: RawHeaders,
    resume: () => void,
    statusMessage?: string,
  ): boolean | undefined;
  onData(chunk: Uint8Array): boolean | undefined;
  onComplete(trailers: RawHeaders): void;
  onError(error: Error): void;
}

/** undici's wrapper around a handler of the older kind is a handler of both kinds. */
export function isRaw(
  handler: DispatchHandler | (DispatchHandler & RawHandler),
): handler is DispatchHandler & RawHandler {
  return (
    'onConnect' in handler &&
    'onHeaders' in handler &&
    'onData' in handler &&
    'onComplete' in handler &&
    'onError' in handler
  );
}

/** In a form that can be read: names and values as text, in turns. */
export const textOfRaw = (headers: RawHeaders): readonly string[] => headers.map(String);
