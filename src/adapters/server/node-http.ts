import { judge, readAnswerOptions, type AnswerOptions, type ErrorAnswer } from './answer-to.ts';

/** What is used of a response of `node:http` (or of anything that looks like one). */
export interface ServerResponseLike {
  statusCode: number;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableFinished: boolean;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/** Whether somebody could still read what is written. */
export const isClientThere = (response: Pick<ServerResponseLike, 'destroyed'>): boolean =>
  !response.destroyed;

/** Writes an answer; the response's head must not have been sent. */
function writeAnswer(response: ServerResponseLike, answer: ErrorAnswer): void {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.end(answer.body);
}

/**
 * Answers errors in a plain `node:http` server.
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
    const judgement = judge(error, settings);
    if (judgement.kind === 'silence') return !isClientThere(response);
    if (judgement.kind === 'pass' || response.headersSent) return false;
    writeAnswer(response, judgement.answer);
    return true;
  };
}
