import { judge, readAnswerOptions, type AnswerOptions, type ErrorAnswer } from './answer-to.ts';
import { SUCCESS_HEADERS } from './success-headers.ts';

/** What is used of a context of Hono. */
export interface HonoContextLike {
  readonly req: { readonly raw: { readonly signal?: AbortSignal } };
  /** Without a value it removes the header. */
  header(name: string, value?: string): void;
  newResponse(body: string | ReadableStream | null, init?: ResponseInit): Response;
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
 *   left out, they are answered as Hono does without a handler: an `HTTPException` by its own
 *   response, anything else by 500 and a line in the log
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * app.onError(honoErrorHandler());
 */
export function honoErrorHandler<Context extends HonoContextLike>(
  options?: AnswerOptions,
  otherwise: HonoErrorHandler<Context> = answerAsHonoDoes,
): HonoErrorHandler<Context> {
  const settings = readAnswerOptions('honoErrorHandler', options);
  return function resilienceErrors(error, context) {
    const judgement = judge(error, settings);
    if (judgement.kind === 'pass') return otherwise(error, context);
    if (context.req.raw.signal?.aborted) {
      return new Response(null, { status: CLIENT_CLOSED_REQUEST });
    }
    return judgement.kind === 'answer'
      ? responseOf(judgement.answer, context)
      : otherwise(error, context);
  };
}

/** With the headers that the program has set so far, as far as they hold for an error. */
function responseOf({ status, headers, body }: ErrorAnswer, context: HonoContextLike): Response {
  // Hono lets what a middleware has set prevail over the response of an error handler.
  for (const name of [...SUCCESS_HEADERS, ...Object.keys(headers)]) context.header(name);
  return context.newResponse(body, { status, headers });
}

/** Having an error handler replaces Hono's own, and there is no way to call it. */
function answerAsHonoDoes(error: Error, context: HonoContextLike): Response {
  const { getResponse } = error as { getResponse?: () => Response };
  if (typeof getResponse === 'function') {
    const response = getResponse.call(error);
    return context.newResponse(response.body, response);
  }
  // oxlint-disable-next-line no-console -- nobody else would hear of it: Hono has no other place
  console.error(error);
  return context.newResponse('Internal Server Error', {
    status: 500,
    headers: { 'content-type': 'text/plain; charset=UTF-8' },
  });
}
