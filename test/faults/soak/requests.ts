import { weighted } from './seeded-random.ts';

/** Where the faults are. */
export interface SoakTargets {
  readonly faulty: string;
  readonly raw: string;
  readonly refused: string;
}

/** The arguments of one fetch, and whether a server may act on them more than once. */
export interface DrawnRequest {
  readonly input: string | Request;
  readonly init: RequestInit;
  readonly isUnsafe: boolean;
}

/** Draws a request of any kind that a program makes; `x-call` tells the upstream whose it is. */
export function drawRequest(id: string, targets: SoakTargets, random: () => number): DrawnRequest {
  const place = weighted(
    [
      [`${targets.faulty}/plugin/v1/list`, 20],
      [`${targets.faulty}/media/v1/public/file`, 25],
      [`${targets.faulty}/chat/v1/sessions`, 20],
      [`${targets.raw}/anything`, 30],
      [`${targets.refused}/`, 3],
    ],
    random,
  );
  const method = weighted(
    [
      ['GET', 45],
      ['POST', 35],
      ['PUT', 15],
      ['DELETE', 5],
    ],
    random,
  );
  const headers: Record<string, string> = { 'x-call': id };
  const hasKey = method === 'POST' && random() < 0.5;
  if (hasKey) headers['idempotency-key'] = `key-${id}`;
  const hasBody = method === 'POST' || method === 'PUT';
  const init = { method, headers, ...(hasBody ? drawBody(id, random) : {}) };
  const isUnsafe = method === 'POST' && !hasKey;
  if (random() < 0.2) return { input: new Request(place, init), init: {}, isUnsafe };
  return { input: place, init, isUnsafe };
}

function drawBody(id: string, random: () => number): RequestInit {
  const text = `body of ${id} `.repeat(Math.ceil(400 * random()));
  return weighted<() => RequestInit>(
    [
      [() => ({ body: text }), 1],
      [() => ({ body: new TextEncoder().encode(text) }), 1],
      [() => ({ body: new Blob([text]) }), 1],
      [() => ({ body: new Blob([text]).stream(), duplex: 'half' }) as RequestInit, 1],
    ],
    random,
  )();
}
