import { readAnswerOptions, type AnswerOptions } from './answer-to.ts';
import type { ServerResponseLike } from './node-http.ts';
import { reactionTo } from './reaction.ts';
import { withdrawSuccess, withdrawSuccessHeaders, type HeaderHolder } from './success-headers.ts';

/** What is used of a reply of Fastify. */
export interface FastifyReplyLike extends HeaderHolder {
  readonly raw: ServerResponseLike;
  code(status: number): unknown;
  headers(fields: Readonly<Record<string, string>>): unknown;
  serializer(serialize: (body: string) => string): unknown;
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
    const reaction = reactionTo(error, reply.raw, settings);
    if (reaction.kind === 'silence') return reply.hijack();
    if (reaction.kind !== 'answer') throw error;
    const { status, headers, body } = reaction.answer;
    withdrawSuccess(reply.raw);
    withdrawSuccessHeaders(reply);
    // The route's own would encode the answer as if it were a value of the route.
    reply.serializer(asItIs);
    reply.code(status);
    reply.headers(headers);
    return reply.send(body);
  };
}

const asItIs = (body: string): string => body;
