import { readAnswerOptions, type AnswerOptions } from './answer-to.ts';
import type { ServerResponseLike } from './node-http.ts';
import { reactionTo } from './reaction.ts';
import { withdrawSuccess } from './success-headers.ts';

/** What is used of a context of Koa. */
export interface KoaContextLike {
  readonly res: ServerResponseLike & { destroy(): unknown };
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
      const reaction = reactionTo(error, context.res, settings);
      if (reaction.kind === 'silence') {
        context.respond = false;
        return;
      }
      if (reaction.kind !== 'answer') {
        // Koa would leave an answer that has begun as it is, and its client waiting.
        if (reaction.kind === 'too-late' && !context.res.writableEnded) context.res.destroy();
        throw error;
      }
      withdrawSuccess(context.res);
      // A route that wanted to answer for itself did not come to it.
      context.respond = true;
      context.status = reaction.answer.status;
      context.body = reaction.answer.body;
      // After the body, by which Koa would guess the type.
      context.set({ ...reaction.answer.headers });
    }
  };
}
