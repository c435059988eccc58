import { onAbort } from '../../core/abort-listeners.ts';
import { setAlarm, systemClock } from '../../core/clock.ts';
import { deadlineOf, type DeadlineOptions, type RequestLike } from './deadline-of.ts';
import { abortReason } from './reasons.ts';
import { onResponseEnd, type ResponseEnd, type ResponseLike } from './response-end.ts';

/** A request of fetch (`Request`), whose signal its server aborts. */
export interface FetchRequestLike {
  readonly signal: AbortSignal;
}

/** What tells of a client that leaves, itself or as a framework's object around it. */
export type Connection =
  | ResponseLike
  | FetchRequestLike
  | { readonly raw: ResponseLike | FetchRequestLike }
  | { readonly req: { readonly raw: FetchRequestLike }; readonly env: unknown };

/**
 * A signal that aborts when the client disconnects before its answer is finished. Give it to
 * outgoing calls: nobody waits for them any more.
 *
 * @param connection - a response of `node:http`, `node:http2`, Express or Koa (`context.res`), a
 *   reply of Fastify, a context of Hono, or a `Request` of fetch
 *
 * @example
 * const upstream = await resilient(url, { signal: signalOf(response) });
 */
export function signalOf(connection: Connection): AbortSignal {
  const controller = new AbortController();
  onEnd(connection, (end) => {
    if (end === 'cut off') controller.abort(abortReason('client-left'));
  });
  return controller.signal;
}

/**
 * One signal for all that is done for an incoming request: it aborts when the client leaves, and
 * when the request's deadline has passed (see {@link deadlineOf}). An abort is not the upstream's
 * fault: it opens no circuit.
 *
 * Once the response has ended nothing of it is left. A request of fetch, though, does not tell of
 * its response: with nothing else to go by the timer stays until the deadline, and rings in vain.
 *
 * @param request - whose headers hold the deadline
 * @param connection - as for {@link signalOf}; the request itself where it is one of fetch
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * app.get('/things', async (request, response) => {
 *   const signal = incomingSignal(request, response, { maxMs: 10_000 });
 *   const upstream = await resilient('https://api.example.com/things', { signal });
 *   response.json(await upstream.json());
 * });
 */
export function incomingSignal(
  request: RequestLike,
  connection: Connection,
  options?: DeadlineOptions,
): AbortSignal {
  const deadline = deadlineOf(request, options);
  if (deadline === undefined) return signalOf(connection);
  const clock = options?.clock ?? systemClock;
  const remainingMs = deadline - clock.epochNow();
  if (remainingMs <= 0) return AbortSignal.abort(abortReason('deadline-passed'));

  const controller = new AbortController();
  const alarm = setAlarm(
    clock,
    () => controller.abort(abortReason('deadline-passed')),
    clock.now() + remainingMs,
  );
  onEnd(connection, (end) => {
    alarm.cancel();
    if (end === 'cut off') controller.abort(abortReason('client-left'));
  });
  return controller.signal;
}

/** Tells once how the answer to a request ends, as far as the connection knows; at once if it has. */
function onEnd(connection: Connection, tell: (end: ResponseEnd) => void): void {
  const source = sourceOf(connection);
  if ('once' in source) onResponseEnd(source, tell);
  else if (source.signal.aborted) tell('cut off');
  else onAbort(source.signal, () => tell('cut off'));
}

function sourceOf(connection: Connection): ResponseLike | FetchRequestLike {
  if ('raw' in connection) return connection.raw;
  if (!('env' in connection)) return connection;
  return outgoingOf(connection.env) ?? connection.req.raw;
}

/** Under Node, Hono's server hands a program the response that it writes to. */
function outgoingOf(env: unknown): ResponseLike | undefined {
  const { outgoing } = (env ?? {}) as { readonly outgoing?: Partial<ResponseLike> };
  return typeof outgoing?.once === 'function' ? (outgoing as ResponseLike) : undefined;
}
