export {
  ANSWER_DEFAULTS,
  answerTo,
  type AnswerOptions,
  type ErrorAnswer,
} from './adapters/server/answer-to.ts';
export {
  DEADLINE_DEFAULTS,
  deadlineOf,
  type DeadlineOptions,
  type RequestLike,
} from './adapters/server/deadline-of.ts';
export { expressErrorHandler, type ExpressErrorHandler } from './adapters/server/express.ts';
export {
  fastifyErrorHandler,
  type FastifyErrorHandler,
  type FastifyReplyLike,
} from './adapters/server/fastify.ts';
export {
  honoErrorHandler,
  type HonoContextLike,
  type HonoErrorHandler,
} from './adapters/server/hono.ts';
export {
  incomingSignal,
  signalOf,
  type Connection,
  type FetchRequestLike,
} from './adapters/server/incoming-signal.ts';
export { koaMiddleware, type KoaContextLike, type KoaMiddleware } from './adapters/server/koa.ts';
export { nodeErrorHandler, type ServerResponseLike } from './adapters/server/node-http.ts';
export type { Carrier, ResponseLike } from './adapters/server/response-end.ts';
export type { HeaderHolder } from './adapters/server/success-headers.ts';
