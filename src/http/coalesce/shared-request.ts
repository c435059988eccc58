import { offAbort, onAbort } from '../../core/abort-listeners.ts';
import { overridden, signalOf, type FetchArguments } from '../fetch-arguments.ts';
import type { Fetch } from '../fetch.ts';
import { shareReport } from '../report.ts';
import { isForOneCaller } from '../request-identity.ts';
import { responseLike, withProvenance } from '../response-copy.ts';
import { followAbort } from './follow-abort.ts';
import { SharedBody, type SharedBodyLimits } from './shared-body.ts';

/** Somebody who waits for the answer. */
interface Caller {
  readonly request: FetchArguments;
  readonly signal: AbortSignal | undefined;
  readonly leave: (reason: unknown) => void;
  readonly resolve: (response: Response | Promise<Response>) => void;
  readonly reject: (error: unknown) => void;
}

/** One request and all who wait for it. It is aborted when all of them have left. */
export class SharedRequest {
  readonly key: string;
  readonly #controller = new AbortController();
  readonly #callers = new Set<Caller>();
  readonly #next: Fetch;
  readonly #limits: SharedBodyLimits;
  /** Called once, when nobody can join any more. */
  readonly #over: () => void;

  constructor(key: string, next: Fetch, limits: SharedBodyLimits, over: () => void) {
    this.key = key;
    this.#next = next;
    this.#limits = limits;
    this.#over = over;
  }

  /** Sends the request of its first caller. */
  start(request: FetchArguments): Promise<Response> {
    const answer = this.join(request);
    const { signal } = this.#controller;
    // A fetch of the user's own may throw instead of rejecting.
    const send = async () => this.#next(request[0], overridden(request, { signal }));
    this.#settle(send());
    return answer;
  }

  /** How many wait for it. */
  get callers(): number {
    return this.#callers.size;
  }

  /** A response of the caller's own, or the caller's own abort. */
  join(request: FetchArguments): Promise<Response> {
    return new Promise((resolve, reject) => {
      const signal = signalOf(request);
      const leave = (reason: unknown) => {
        this.#callers.delete(caller);
        reject(reason);
        if (this.#callers.size > 0) return;
        this.#over();
        this.#controller.abort(reason);
      };
      const caller: Caller = { request, signal, leave, resolve, reject };
      this.#callers.add(caller);
      if (signal !== undefined) onAbort(signal, leave);
    });
  }

  /** Hands the outcome of the request to all who wait for it. */
  #settle(running: Promise<Response>): void {
    const fail = (callers: readonly Caller[], error: unknown) => {
      for (const { reject } of callers) reject(error);
    };
    running.then(
      (response) => {
        const callers = this.#close();
        try {
          this.#answer(response, callers);
        } catch (error) {
          // A stand-in for a response whose members throw.
          fail(callers, error);
        }
      },
      (error: unknown) => fail(this.#close(), error),
    );
  }

  #close(): readonly Caller[] {
    const callers = [...this.#callers];
    this.#callers.clear();
    if (callers.length > 0) this.#over();
    for (const { signal, leave } of callers) if (signal !== undefined) offAbort(signal, leave);
    return callers;
  }

  #answer(response: Response, callers: readonly Caller[]): void {
    const [first, ...others] = callers;
    if (first === undefined) {
      response.body?.cancel?.().catch(() => {});
    } else if (others.length === 0) {
      // Nobody has joined: the response is the server's own.
      followAbort(first.signal, this.#controller, response.body);
      first.resolve(response);
    } else if (!isReadable(response) || isForOneCaller(response.headers)) {
      first.resolve(response);
      for (const { request, resolve } of others) resolve(this.#next(...request));
    } else if (response.body === null) {
      for (const { resolve } of others) {
        resolve(copied(response, withProvenance(response.clone(), response)));
      }
      first.resolve(response);
    } else {
      this.#share(response, response.body, callers);
    }
  }

  #share(response: Response, source: ReadableStream<Uint8Array>, callers: readonly Caller[]): void {
    const body = new SharedBody(source, this.#limits);
    const readers = callers.map(({ signal }) => {
      const reader = body.reader();
      followAbort(signal, reader);
      return reader;
    });
    callers.forEach(({ resolve }, index) => {
      const stream = readers[index]?.stream ?? null;
      resolve(copied(response, responseLike(response, stream)));
    });
  }
}

function copied(response: Response, copy: Response): Response {
  shareReport(response, copy);
  return copy;
}

/** Whether its body, if it has one, is of the platform's kind, and nobody has begun to read it. */
const isReadable = ({ body, bodyUsed }: Response): boolean =>
  body === null || (!bodyUsed && body instanceof ReadableStream && !body.locked);
