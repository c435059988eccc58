import { setAlarm, systemClock } from '../../core/clock.ts';
import { deadlineOf, type DeadlineOptions, type RequestLike } from './deadline-of.ts';
import type { ServerResponseLike } from './node-http.ts';
import { abortReason } from './reasons.ts';

/** What is used of a response to see how it ends. */
export type ResponseLike = Pick<
  ServerResponseLike,
  'destroyed' | 'writableFinished' | 'once' | 'off'
>;

/** A request of fetch (`Request`), whose signal its server aborts. */
export interface FetchRequestLike {
  readonly signal: AbortSignal;
}

/** What tells of a client that leaves, itself or as a framework's object around it. */
export type Connection =
  ResponseLike | FetchRequestLike | { readonly raw: ResponseLike | FetchRequestLike };

/**
 * A signal that aborts when the client disconnects before its answer is finished. Give it to
 * outgoing calls: nobody waits for them any more.
 *
 * @param connection - a response of `node:http`, Express or Koa (`context.res`), a reply of
 *   Fastify, a `Request` of fetch, or a request of Hono (`context.req`)
 */
export function signalOf(connection: Connection): AbortSignal {
  const source = 'raw' in connection ? connection.raw : connection;
  const controller = new AbortController();
  const leave = () => controller.abort(abortReason('client-left'));
  if ('once' in source) {
    onEnd(source, (outcome) => {
      if (outcome === 'cut off') leave();
    });
  } else if (source.signal.aborted) {
    leave();
  } else {
    // Servers give reasons of their own, some of them plain text.
    source.signal.addEventListener('abort', leave, { once: true });
  }
  return controller.signal;
}

/**
 * One signal for all that is done for an incoming request: it aborts when the client leaves, and
 * when the request's deadline has passed (see {@link deadlineOf}). An abort is not the upstream's
 * fault: it opens no circuit. Once the response has ended nothing of it is left.
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
  const left = signalOf(connection);
  if (deadline === undefined || left.aborted) return left;
  const clock = options?.clock ?? systemClock;
  const remainingMs = deadline - clock.epochNow();
  if (remainingMs <= 0) return AbortSignal.abort(abortReason('deadline-passed'));

  const controller = new AbortController();
  const alarm = setAlarm(
    clock,
    () => {
      left.removeEventListener('abort', leave);
      controller.abort(abortReason('deadline-passed'));
    },
    clock.now() + remainingMs,
  );
  const leave = () => {
    alarm.cancel();
    controller.abort(left.reason);
  };
  left.addEventListener('abort', leave, { once: true });
  const source = 'raw' in connection ? connection.raw : connection;
  // A request of fetch does not tell when its response has ended; its alarm rings in vain.
  if ('once' in source) {
    onEnd(source, () => {
      alarm.cancel();
      left.removeEventListener('abort', leave);
    });
  }
  return controller.signal;
}

/** Tells once how a response ends; at once if it has. */
function onEnd(response: ResponseLike, tell: (outcome: 'finished' | 'cut off') => void): void {
  const end = () => tell(response.writableFinished ? 'finished' : 'cut off');
  if (response.destroyed) end();
  else response.once('close', end);
}
