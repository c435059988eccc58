import type { DashboardSnapshot, KeySnapshot } from '../snapshot.ts';

interface Update {
  readonly at: number;
  /** Left out where nothing has changed. */
  readonly head?: Omit<DashboardSnapshot, 'at' | 'keys'>;
  readonly ids?: readonly string[];
  readonly keys?: readonly KeySnapshot[];
}

/** The stream of the server, put together: always the latest snapshot. */
export class Feed {
  latest: DashboardSnapshot | undefined;
  isConnected = false;
  /** Whether the connection has failed at any time. */
  hasFailed = false;
  #receivedAt = 0;

  /** @param tell - called whenever something has come, or the connection has changed */
  constructor(base: string, tell: () => void) {
    // It connects again by itself.
    const source = new EventSource(`${base}events`);
    const received = (snapshot: DashboardSnapshot) => {
      this.latest = snapshot;
      this.isConnected = true;
      this.#receivedAt = performance.now();
      tell();
    };
    source.addEventListener('snapshot', ({ data }: MessageEvent<string>) =>
      received(JSON.parse(data) as DashboardSnapshot),
    );
    source.addEventListener('update', ({ data }: MessageEvent<string>) => {
      const update = JSON.parse(data) as Update;
      if (this.latest !== undefined) received(updated(this.latest, update));
    });
    source.addEventListener('error', () => {
      this.isConnected = false;
      this.hasFailed = true;
      tell();
      // A refusal ends it for good.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 10_000);
    });
  }

  /** The moment that it is on the server. */
  get now(): number {
    return (this.latest?.at ?? 0) + this.silentMs;
  }

  /** For how long nothing has come. */
  get silentMs(): number {
    return performance.now() - this.#receivedAt;
  }
}

function updated(
  before: DashboardSnapshot,
  { at, head, ids, keys = [] }: Update,
): DashboardSnapshot {
  const known = new Map([...before.keys, ...keys].map((key) => [key.id, key]));
  return {
    ...before,
    ...head,
    at,
    keys: ids?.flatMap((id) => known.get(id) ?? []) ?? before.keys,
  };
}
