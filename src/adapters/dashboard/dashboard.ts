import { systemClock, type Clock } from '../../core/clock.ts';
import {
  callable,
  objectWith,
  OptionError,
  positive,
  readOptions,
  text,
  wholeNumber,
  type Check,
  type Checks,
} from '../../core/options.ts';
import { controlOf } from '../../policies/control.ts';
import { act } from './actions.ts';
import { refusalAnswer } from './board-answer.ts';
import { BoardModel, type WatchedSource } from './board-model.ts';
import type { BoardRequest } from './board-request.ts';
import { Board } from './board.ts';
import { answerNode, type NodeRequestLike, type NodeResponseLike } from './node-handler.ts';
import { answerFetch } from './web-handler.ts';
import type { DashboardSnapshot } from './snapshot.ts';

/** A request that {@link DashboardOptions.authorize} is asked about. */
export interface DashboardRequest extends BoardRequest {
  /** The request as the server gave it: one of `node:http`, or a `Request` of fetch. */
  readonly raw: unknown;
}

/** How a dashboard shows, and what it allows. */
export interface DashboardOptions {
  /** The title at the top of the page. @defaultValue 'holdfast' */
  readonly title?: string | undefined;
  /**
   * Enables the actions (lift a pause, open a circuit, close it) for whoever has the token.
   * @defaultValue none: nothing can be changed
   */
  readonly actions?: DashboardActions | undefined;
  /**
   * Says who may read. `true` admits; `false` refuses with 403; `'challenge'` answers 401, so that a
   * browser asks for name and password. An error refuses. @defaultValue everybody who reaches it
   */
  readonly authorize?:
    | ((request: DashboardRequest) => boolean | 'challenge' | Promise<boolean | 'challenge'>)
    | undefined;
  /** How often an open page hears what has changed, in milliseconds. @defaultValue 1000 */
  readonly updateMs?: number | undefined;
  /** How many keys are remembered of each fetch, and shown in all. @defaultValue 200 */
  readonly maxKeys?: number | undefined;
  /** How many pages may be open at once; further ones are refused with 503. @defaultValue 20 */
  readonly maxViewers?: number | undefined;
  /** @defaultValue systemClock */
  readonly clock?: Clock | undefined;
}

/** Who may work circuits and pauses by hand. */
export interface DashboardActions {
  /** The secret that the header `x-holdfast-token` has to bring, of at least 16 characters. */
  readonly token: string;
}

/** @see {@link DashboardOptions} */
export const DASHBOARD_DEFAULTS = Object.freeze({
  title: 'holdfast',
  updateMs: 1_000,
  maxKeys: 200,
  maxViewers: 20,
});

const LEAST_TOKEN = 16;

const actionsWithToken: Check = {
  expected: `an object with a token of at least ${LEAST_TOKEN} characters`,
  accepts: (value) => {
    const { token } = (value ?? {}) as Partial<DashboardActions>;
    return typeof token === 'string' && token.length >= LEAST_TOKEN;
  },
};

const CHECKS: Checks<DashboardOptions> = {
  title: text,
  actions: actionsWithToken,
  authorize: callable,
  updateMs: positive,
  maxKeys: wholeNumber(1),
  maxViewers: wholeNumber(1),
  clock: objectWith('now', 'epochNow', 'setTimer'),
};

/** Wrapped fetches or policies: one, a list, or an object that names them. */
export type Watchable = object | readonly object[] | Readonly<Record<string, object>>;

/** A dashboard that listens. */
export interface Dashboard {
  /**
   * Answers a request of `node:http`, `node:http2`, Express, Fastify (`request.raw`, `reply.raw`) or
   * Koa (`context.req`, `context.res`). Never rejects.
   */
  readonly handler: (request: NodeRequestLike, response: NodeResponseLike) => Promise<void>;
  /** Answers a `Request`: Hono, Bun, Deno, Workers. Never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Everything that the page shows, as data. */
  snapshot(): DashboardSnapshot;
  /** Listens no longer, and ends the streams of all open pages. */
  close(): void;
}

/**
 * Shows what fetches and policies are doing: which upstream fails, since when, why, until when. It
 * listens from now on, and works only while somebody looks.
 *
 * @param fetches - wrapped fetches or policies: one, a list, or an object that names them
 * @throws {@link OptionError} for anything else, and for options that cannot work.
 *
 * @example
 * const board = dashboard({ payments, search });
 * createServer(board.handler).listen(9090, '127.0.0.1');
 */
export function dashboard(fetches: Watchable, options?: DashboardOptions): Dashboard {
  const settings = readOptions(
    'dashboard',
    options,
    { ...DASHBOARD_DEFAULTS, clock: systemClock },
    CHECKS,
  );
  const { title, actions, maxKeys, clock } = settings;
  const model = new BoardModel(sourcesOf(fetches), maxKeys, clock);
  const snapshot = (): DashboardSnapshot => ({
    title,
    actions: actions !== undefined,
    problem: null,
    ...model.read(),
  });
  const board = new Board({
    ...settings,
    read: snapshot,
    act: actions && ((request, action, id) => act(model, actions.token, request, action, id)),
    admit: (request, raw) => admit(settings.authorize, { ...request, raw }),
  });
  return {
    handler: (request, response) => answerNode(board, request, response),
    fetch: (request) => answerFetch(board, request),
    snapshot,
    close() {
      model.close();
      board.close();
    },
  };
}

function sourcesOf(fetches: Watchable): readonly WatchedSource[] {
  if (Array.isArray(fetches)) {
    return fetches.map((source: object) => ({ name: undefined, control: controlOf(source) }));
  }
  const isOne = typeof fetches === 'function' || 'execute' in Object(fetches);
  if (isOne) return [{ name: undefined, control: controlOf(fetches) }];
  if (typeof fetches !== 'object' || fetches === null) {
    throw new OptionError(
      'dashboard',
      'a wrapped fetch, a policy, a list or an object of them',
      fetches,
    );
  }
  return Object.entries(fetches).map(([name, source]) => ({
    name,
    control: controlOf(source as object),
  }));
}

async function admit(authorize: DashboardOptions['authorize'], request: DashboardRequest) {
  if (authorize === undefined) return undefined;
  const admitted = await askedOf(authorize, request);
  if (admitted === true) return undefined;
  return admitted === 'challenge'
    ? refusalAnswer(401, 'Who are you?', { 'www-authenticate': 'Basic realm="holdfast"' })
    : refusalAnswer(403, 'You may not read this.');
}

/** A hook that fails admits nobody. */
async function askedOf(
  authorize: NonNullable<DashboardOptions['authorize']>,
  request: DashboardRequest,
): Promise<boolean | 'challenge'> {
  try {
    return await authorize(request);
  } catch {
    return false;
  }
}
