import { onClose, type Closable } from './close-listeners.ts';

/** A socket, or a stream of HTTP/2, as far as it is looked at. */
export interface Carrier extends Closable {
  readonly destroyed?: boolean | undefined;
}

/** What is used of a response of `node:http` or `node:http2` to see how it ends. */
export interface ResponseLike extends Closable {
  readonly destroyed?: boolean | undefined;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  /** Over HTTP/2. */
  readonly stream?: Carrier | undefined;
  /** Over HTTP/1. */
  readonly req?: { readonly socket?: Carrier | null | undefined } | undefined;
}

/** How a response ended: all of it was handed over, or the client left before. */
export type ResponseEnd = 'finished' | 'cut off';

/**
 * What a response is written to. It has to be asked as well: a response of HTTP/2 has no
 * `destroyed`, whatever its types say, and one that waits for an earlier answer of the same
 * connection does not notice when that connection goes.
 */
const carrierOf = (response: ResponseLike): Carrier | undefined =>
  [response.stream, response.req?.socket].find(isCarrier);

const isCarrier = (value: Partial<Carrier> | null | undefined): value is Carrier =>
  typeof value?.once === 'function';

/** Whether somebody could still read what is written. */
export const isClientThere = (response: ResponseLike): boolean =>
  !(response.destroyed || carrierOf(response)?.destroyed);

/** Tells once how a response ends; at once if it has. */
export function onResponseEnd(response: ResponseLike, tell: (end: ResponseEnd) => void): void {
  if (!isClientThere(response)) return tell(endOf(response));
  const end = () => {
    forgetResponse();
    forgetCarrier?.();
    tell(endOf(response));
  };
  const carrier = carrierOf(response);
  const forgetResponse = onClose(response, end);
  const forgetCarrier = carrier && onClose(carrier, end);
}

function endOf(response: ResponseLike): ResponseEnd {
  const carrier = carrierOf(response);
  const carrierStands = carrier !== undefined && !carrier.destroyed;
  // A stream of HTTP/2 that was cut off counts as finished, so the response must have been ended
  // too; one that Fastify's `inject` makes closes before its last bytes are through.
  const isFinished = response.writableEnded && (response.writableFinished || carrierStands);
  return isFinished ? 'finished' : 'cut off';
}
