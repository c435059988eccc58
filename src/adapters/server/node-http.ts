import { readAnswerOptions, type AnswerOptions, type ErrorAnswer } from './answer-to.ts';
import { reactionTo } from './reaction.ts';
import type { ResponseLike } from './response-end.ts';
import { withdrawSuccess, type HeaderHolder } from './success-headers.ts';

/** What is used of a response of `node:http` or `node:http2` (or of anything that looks like one). */
export interface ServerResponseLike extends ResponseLike, HeaderHolder {
  statusCode: number;
  statusMessage: string;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** Writes an answer; the response's head must not have been sent. */
function writeAnswer(response: ServerResponseLike, { status, headers, body }: ErrorAnswer): void {
  withdrawSuccess(response);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-length', String(new TextEncoder().encode(body).byteLength));
  response.end(body);
}

/**
 * Answers errors in a plain server of `node:http` or `node:http2`.
 *
 * @returns a function that says whether the error is dealt with; where it is not (an error that is
 *   not holdfast's, an answer that had begun), it is yours
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const answerError = nodeErrorHandler();
 * createServer((request, response) => {
 *   handle(request, response).catch((error) => {
 *     if (!answerError(error, response)) response.destroy(error);
 *   });
 * });
 */
export function nodeErrorHandler(
  options?: AnswerOptions,
): (error: unknown, response: ServerResponseLike) => boolean {
  const settings = readAnswerOptions('nodeErrorHandler', options);
  return function answerError(error, response) {
    const reaction = reactionTo(error, response, settings);
    if (reaction.kind === 'answer') writeAnswer(response, reaction.answer);
    return reaction.kind === 'answer' || reaction.kind === 'silence';
  };
}
