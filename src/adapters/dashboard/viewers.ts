import type { Clock, Timer } from '../../core/clock.ts';
import type { DashboardSnapshot, KeySnapshot } from './snapshot.ts';

/** One page that is open somewhere. */
export interface Viewer {
  /** Hands over a part of the stream; `false` where nothing more should come until it is ready. */
  write(part: string): boolean;
  /** Ends its stream. */
  end(): void;
}

interface ViewerState {
  /** Since when it has taken nothing more; `undefined` while it does. */
  fullSince: number | undefined;
  /** A part was left out for it, so the next one has to hold everything. */
  needsAll: boolean;
}

/** A viewer that takes nothing for so long is gone. */
const GONE_AFTER_MS = 30_000;
/** Proxies cut off what is silent for a minute. */
const SILENCE_MS = 15_000;

/** How the stream is fed. */
export interface ViewersOptions {
  readonly read: () => DashboardSnapshot | Promise<DashboardSnapshot>;
  readonly updateMs: number;
  readonly maxViewers: number;
  readonly clock: Clock;
}

/**
 * Feeds all open pages with one stream of server-sent events: everything at first, then the keys
 * that have changed. For a page that reads too slowly parts are left out, never kept. A timer runs
 * only while there are pages, and it keeps no process alive.
 */
export class Viewers {
  readonly #options: ViewersOptions;
  readonly #viewers = new Map<Viewer, ViewerState>();
  /** The keys as they were sent last, as JSON. */
  #sent = new Map<string, string>();
  #head = '';
  #lastPartAt = -Infinity;
  #timer: Timer | undefined;

  constructor(options: ViewersOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#viewers.size >= this.#options.maxViewers;
  }

  get count(): number {
    return this.#viewers.size;
  }

  /** Begins to feed a page. */
  add(viewer: Viewer): void {
    this.#viewers.set(viewer, { fullSince: undefined, needsAll: true });
    this.refresh();
  }

  /** Feeds all pages at once: one has come, or something was changed by hand. */
  refresh(): void {
    if (this.#viewers.size === 0) return;
    this.#timer?.cancel();
    this.#schedule(0);
  }

  /** A page takes more again. */
  ready(viewer: Viewer): void {
    const state = this.#viewers.get(viewer);
    if (state !== undefined) state.fullSince = undefined;
  }

  remove(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sent = new Map();
  }

  close(): void {
    for (const viewer of this.#viewers.keys()) {
      this.remove(viewer);
      viewer.end();
    }
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#options.clock.setTimer(() => void this.#tick(), delayMs);
    this.#timer.unref?.();
  }

  async #tick(): Promise<void> {
    const timer = this.#timer;
    try {
      this.#send(await this.#options.read());
    } catch {
      // A reader of the user's own has failed; the pages see that nothing comes, and the next may do.
    }
    // Whoever came meanwhile has set a timer that comes sooner.
    if (this.#timer === timer && this.#viewers.size > 0) this.#schedule(this.#options.updateMs);
  }

  #send(snapshot: DashboardSnapshot): void {
    const now = this.#options.clock.now();
    const { keys, at, ...head } = snapshot;
    const texts = new Map(keys.map((key) => [key.id, JSON.stringify(key)]));
    const update = this.#update(keys, texts, JSON.stringify(head), at);
    let whole: string | undefined;
    for (const [viewer, state] of this.#viewers) {
      if (state.fullSince !== undefined) {
        state.needsAll = true;
        if (now - state.fullSince > GONE_AFTER_MS) {
          this.remove(viewer);
          viewer.end();
        }
        continue;
      }
      if (state.needsAll) whole ??= partOf('snapshot', JSON.stringify(snapshot));
      const part = state.needsAll ? whole : update;
      if (part === undefined) continue;
      state.needsAll = false;
      if (!viewer.write(part)) state.fullSince = now;
    }
    this.#sent = texts;
    this.#head = JSON.stringify(head);
    if (update !== undefined) this.#lastPartAt = now;
  }

  /** What has changed since the last part; a comment after a long silence; `undefined` for nothing. */
  #update(
    keys: readonly KeySnapshot[],
    texts: ReadonlyMap<string, string>,
    head: string,
    at: number,
  ): string | undefined {
    const changed = [...texts].filter(([id, text]) => this.#sent.get(id) !== text);
    const isSameOrder =
      keys.length === this.#sent.size && [...this.#sent.keys()].every((id) => texts.has(id));
    if (changed.length === 0 && isSameOrder && head === this.#head) {
      const silentMs = this.#options.clock.now() - this.#lastPartAt;
      return silentMs >= SILENCE_MS ? partOf('update', JSON.stringify({ at })) : undefined;
    }
    const ids = JSON.stringify(keys.map(({ id }) => id));
    const parts = changed.map(([, text]) => text).join(',');
    return partOf('update', `{"at":${at},"head":${head},"ids":${ids},"keys":[${parts}]}`);
  }
}

/** One event of the stream; JSON holds no line break. */
const partOf = (event: string, data: string): string => `event: ${event}\ndata: ${data}\n\n`;
