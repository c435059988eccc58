import { readAnswerOptions, type AnswerOptions } from './answer-to.ts';
import { nodeErrorHandler, type ServerResponseLike } from './node-http.ts';

/** What `app.use()` of Express 4 and 5 takes as an error handler: four parameters. */
export type ExpressErrorHandler = (
  error: unknown,
  request: unknown,
  response: ServerResponseLike,
  next: (error?: unknown) => void,
) => void;

/**
 * Answers errors in Express. It goes after the routes; what it does not answer goes on to the next
 * error handler.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * app.use(expressErrorHandler({ throttledStatus: 429 }));
 */
export function expressErrorHandler(options?: AnswerOptions): ExpressErrorHandler {
  readAnswerOptions('expressErrorHandler', options);
  const answerError = nodeErrorHandler(options);
  return function resilienceErrors(error, _request, response, next) {
    if (!answerError(error, response)) next(error);
  };
}
