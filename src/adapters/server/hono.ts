import { judge, readAnswerOptions, type AnswerOptions } from './answer-to.ts';

/** What is used of a context of Hono. */
export interface HonoContextLike {
  readonly req: { readonly raw: { readonly signal?: AbortSignal } };
}

/** What `app.onError()` takes. */
export type HonoErrorHandler<Context extends HonoContextLike = HonoContextLike> = (
  error: Error,
  context: Context,
) => Response | Promise<Response>;

/** Nobody reads it, but Hono wants a response; nginx's number for a client that has left. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Answers errors in Hono, on any runtime.
 *
 * @param options - how errors are answered
 * @param otherwise - what answers all others, since Hono has one error handler and no next; where
 *   left out, an `HTTPException` gives its own response, and anything else is thrown on to the
 *   server that Hono runs in
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * app.onError(honoErrorHandler());
 */
export function honoErrorHandler<Context extends HonoContextLike>(
  options?: AnswerOptions,
  otherwise: HonoErrorHandler<Context> = passOn,
): HonoErrorHandler<Context> {
  const settings = readAnswerOptions('honoErrorHandler', options);
  return function resilienceErrors(error, context) {
    const judgement = judge(error, settings);
    if (judgement.kind === 'answer') {
      const { status, headers, body } = judgement.answer;
      return new Response(body, { status, headers });
    }
    const hasLeft = judgement.kind === 'silence' && context.req.raw.signal?.aborted === true;
    return hasLeft
      ? new Response(null, { status: CLIENT_CLOSED_REQUEST })
      : otherwise(error, context);
  };
}

function passOn(error: Error): Response | Promise<Response> {
  const { getResponse } = error as { getResponse?: () => Response };
  if (typeof getResponse === 'function') return getResponse.call(error);
  throw error;
}
