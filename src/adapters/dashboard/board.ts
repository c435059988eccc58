import type { Clock } from '../../core/clock.ts';
import { isSameOrigin } from './access.ts';
import { jsonAnswer, refusalAnswer, STREAM_ANSWER, type BoardAnswer } from './board-answer.ts';
import { askedBy, type BoardRequest } from './board-request.ts';
import { pageAnswer } from './page-answer.ts';
import type { DashboardSnapshot } from './snapshot.ts';
import { Viewers, type Viewer } from './viewers.ts';

/** A snapshot is made again no sooner than this, however many ask. */
const FRESH_MS = 200;

/** The parts of a board. */
export interface BoardParts {
  readonly title: string;
  readonly read: () => DashboardSnapshot | Promise<DashboardSnapshot>;
  /** Works a key by hand; `undefined` where that is not enabled. */
  readonly act:
    ((request: BoardRequest, action: string, id: string) => Promise<BoardAnswer>) | undefined;
  /** Says whether a request may read. */
  readonly admit: (request: BoardRequest, raw: unknown) => Promise<BoardAnswer | undefined>;
  readonly updateMs: number;
  readonly maxViewers: number;
  readonly clock: Clock;
}

/** The routes of a dashboard and its open pages, whatever server stands around it. */
export class Board {
  readonly #parts: BoardParts;
  readonly #viewers: Viewers;
  #latest: { readonly at: number; readonly snapshot: Promise<DashboardSnapshot> } | undefined;

  constructor(parts: BoardParts) {
    this.#parts = parts;
    this.#viewers = new Viewers({ ...parts, read: () => this.#read() });
  }

  /** Answers a request; never rejects. */
  async answer(request: BoardRequest, raw: unknown): Promise<BoardAnswer> {
    try {
      return await this.#answer(request, raw);
    } catch {
      // A reader or a hook of the user's own has failed. Nothing of it is shown to anybody.
      return refusalAnswer(500, 'The dashboard could not answer.');
    }
  }

  /** Feeds the page whose stream has begun; gives what to call when it takes more, and when it has gone. */
  watch(viewer: Viewer): { readonly ready: () => void; readonly gone: () => void } {
    this.#viewers.add(viewer);
    return {
      ready: () => this.#viewers.ready(viewer),
      gone: () => this.#viewers.remove(viewer),
    };
  }

  close(): void {
    this.#viewers.close();
  }

  async #answer(request: BoardRequest, raw: unknown): Promise<BoardAnswer> {
    const asked = askedBy(request);
    const allowed = asked.kind === 'action' ? ['POST'] : ['GET', 'HEAD'];
    if (!allowed.includes(request.method)) {
      return refusalAnswer(405, `Only ${allowed.join(' and ')} here.`, {
        allow: allowed.join(', '),
      });
    }
    const refusal = await this.#parts.admit(request, raw);
    if (refusal !== undefined) return refusal;
    if (asked.kind === 'page') return pageAnswer(this.#parts.title);
    if (!isSameOrigin(request)) return refusalAnswer(403, 'Only for pages of this origin.');
    switch (asked.kind) {
      case 'snapshot':
        return jsonAnswer(200, await this.#read());
      case 'events':
        return this.#viewers.isFull
          ? refusalAnswer(503, 'Too many pages are open.', { 'retry-after': '10' })
          : STREAM_ANSWER;
      case 'action':
        return this.#act(request, asked.action, asked.id);
    }
  }

  async #act(request: BoardRequest, action: string, id: string): Promise<BoardAnswer> {
    if (this.#parts.act === undefined) return refusalAnswer(404, 'Actions are not enabled.');
    const answer = await this.#parts.act(request, action, id);
    this.#latest = undefined;
    this.#viewers.refresh();
    return answer;
  }

  #read(): Promise<DashboardSnapshot> {
    const now = this.#parts.clock.now();
    if (this.#latest === undefined || now - this.#latest.at >= FRESH_MS) {
      this.#latest = { at: now, snapshot: Promise.resolve(this.#parts.read()) };
    }
    return this.#latest.snapshot;
  }
}
