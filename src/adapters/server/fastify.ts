import { judge, readAnswerOptions, type AnswerOptions } from './answer-to.ts';
import { isClientThere, type ServerResponseLike } from './node-http.ts';

/** What is used of a reply of Fastify. */
export interface FastifyReplyLike {
  readonly raw: Pick<ServerResponseLike, 'destroyed' | 'headersSent'>;
  code(status: number): unknown;
  headers(fields: Readonly<Record<string, string>>): unknown;
  send(body: unknown): unknown;
  hijack(): unknown;
}

/** What `fastify.setErrorHandler()` takes. */
export type FastifyErrorHandler = (
  error: unknown,
  request: unknown,
  reply: FastifyReplyLike,
) => unknown;

/**
 * Answers errors in Fastify 5; what it does not answer is thrown on, to the error handler of the
 * parent context, in the end Fastify's own.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * fastify.setErrorHandler(fastifyErrorHandler());
 */
export function fastifyErrorHandler(options?: AnswerOptions): FastifyErrorHandler {
  const settings = readAnswerOptions('fastifyErrorHandler', options);
  return function resilienceErrors(error, _request, reply) {
    const judgement = judge(error, settings);
    if (judgement.kind === 'silence' && !isClientThere(reply.raw)) return reply.hijack();
    if (judgement.kind !== 'answer' || reply.raw.headersSent) throw error;
    reply.code(judgement.answer.status);
    reply.headers(judgement.answer.headers);
    return reply.send(judgement.answer.body);
  };
}
