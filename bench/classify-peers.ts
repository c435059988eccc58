import type { LabelledRow } from '../test/classify/labelled-rows.ts';

/** What a client does with a response by its status and headers alone. */
export interface PeerRule {
  readonly name: string;
  retries(status: number, header: (name: string) => string | null): boolean;
}

/** The defaults of the clients, read off their sources; the method is one that they retry. */
export const PEERS: readonly PeerRule[] = [
  {
    name: 'openai',
    retries(status, header) {
      const hint = header('x-should-retry');
      if (hint === 'true' || hint === 'false') return hint === 'true';
      return status === 408 || status === 409 || status === 429 || status >= 500;
    },
  },
  {
    name: 'ky',
    retries(status, header) {
      if (status === 413) return header('retry-after') !== null;
      return [408, 429, 500, 502, 503, 504].includes(status);
    },
  },
  { name: 'axios-retry', retries: (status) => status === 429 || (status >= 500 && status <= 599) },
  { name: 'undici', retries: (status) => [429, 500, 502, 503, 504].includes(status) },
  { name: 'backoff', retries: (status) => [429, 502, 503, 504].includes(status) },
];

/** Whether a peer does what the row's documentation asks: it knows only "again" and "not again". */
export function peerIsRight(peer: PeerRule, row: LabelledRow): boolean {
  const headers = new Headers(row.headers);
  const again = peer.retries(row.status, (name) => headers.get(name));
  return [row.expected, ...(row.acceptable ?? [])].some(
    (category) => (category === 'retryable' || category === 'throttle') === again,
  );
}
