import { systemClock, type Clock } from '../../core/clock.ts';
import { refusalAnswer } from './board-answer.ts';
import { Board } from './board.ts';
import { answerNode, type NodeRequestLike, type NodeResponseLike } from './node-handler.ts';
import type { DashboardSnapshot } from './snapshot.ts';

/** The dashboard of another process. */
export interface RemoteBoardOptions {
  /** Where that dashboard is mounted. */
  readonly url: string;
  /** Sent with each request to it, where it is guarded. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/** A dashboard that stands beside the process it shows. */
export interface RemoteBoard {
  readonly handler: (request: NodeRequestLike, response: NodeResponseLike) => Promise<void>;
  close(): void;
}

const UPDATE_MS = 1_000;
const MAX_VIEWERS = 20;
/** An answer that takes longer is none. */
const PATIENCE_MS = 5_000;
/** The names of this machine. A page under any other name was led here by its own name server. */
const OWN_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Shows the dashboard of another process: its snapshot is read once a second while somebody looks.
 * Nothing can be changed from here, and only this machine may read it.
 */
export function remoteBoard({
  url,
  headers,
  clock = systemClock,
}: RemoteBoardOptions): RemoteBoard {
  const address = new URL('snapshot.json', url.replace(/\/*$/, '/'));
  let latest: DashboardSnapshot | undefined;
  async function read(): Promise<DashboardSnapshot> {
    try {
      const snapshot = await readSnapshot(address, headers);
      latest = { ...snapshot, actions: false };
      return latest;
    } catch (error) {
      const problem = `no snapshot from ${address.host}: ${(error as Error).message}`;
      return { ...(latest ?? nothing(address.host, clock.epochNow())), problem };
    }
  }
  const board = new Board({
    title: address.host,
    read,
    act: undefined,
    admit: async (request) =>
      isThisMachine(request.headers.get('host'))
        ? undefined
        : refusalAnswer(403, 'Only for this machine.'),
    updateMs: UPDATE_MS,
    maxViewers: MAX_VIEWERS,
    clock,
  });
  return {
    handler: (request, response) => answerNode(board, request, response),
    close: () => board.close(),
  };
}

async function readSnapshot(
  address: URL,
  headers: Readonly<Record<string, string>>,
): Promise<DashboardSnapshot> {
  const patience = new AbortController();
  const timer = setTimeout(
    () => patience.abort(new Error(`no answer within ${PATIENCE_MS / 1_000} s`)),
    PATIENCE_MS,
  );
  try {
    const response = await fetch(address, { headers, signal: patience.signal }).catch(
      (error: unknown) => {
        // `fetch failed` says nothing; its cause does.
        throw (error as Error).cause ?? error;
      },
    );
    if (!response.ok) throw new Error(`it answers with ${response.status}`);
    const snapshot = (await response.json()) as Partial<DashboardSnapshot> | null;
    if (!Array.isArray(snapshot?.keys)) throw new Error('its answer is no snapshot');
    return snapshot as DashboardSnapshot;
  } finally {
    clearTimeout(timer);
  }
}

const nothing = (host: string, at: number): DashboardSnapshot => ({
  title: host,
  at,
  actions: false,
  leftOut: 0,
  problem: null,
  keys: [],
});

function isThisMachine(host: string | null): boolean {
  return host !== null && OWN_NAMES.includes(host.replace(/:\d+$/, ''));
}
