import { judge, readAnswerOptions, type AnswerOptions } from './answer-to.ts';
import { isClientThere, type ServerResponseLike } from './node-http.ts';

/** What is used of a context of Koa. */
export interface KoaContextLike {
  readonly res: Pick<ServerResponseLike, 'destroyed' | 'headersSent'> & { destroy(): unknown };
  status: number;
  body: unknown;
  respond?: boolean | undefined;
  set(fields: { [name: string]: string }): void;
}

/** What `app.use()` of Koa takes. */
export type KoaMiddleware = (
  context: KoaContextLike,
  next: () => Promise<unknown>,
) => Promise<void>;

/**
 * Answers errors in Koa. It goes before the routes; what it does not answer is thrown on.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * app.use(koaMiddleware());
 */
export function koaMiddleware(options?: AnswerOptions): KoaMiddleware {
  const settings = readAnswerOptions('koaMiddleware', options);
  return async function resilienceErrors(context, next) {
    try {
      await next();
    } catch (error) {
      const judgement = judge(error, settings);
      if (judgement.kind === 'silence' && !isClientThere(context.res)) {
        context.respond = false;
        return;
      }
      if (judgement.kind !== 'answer' || context.res.headersSent) {
        // Koa would leave an answer that has begun as it is, and its client waiting.
        if (context.res.headersSent) context.res.destroy();
        throw error;
      }
      context.status = judgement.answer.status;
      context.body = judgement.answer.body;
      // After the body, by which Koa would guess the type.
      context.set({ ...judgement.answer.headers });
    }
  };
}
