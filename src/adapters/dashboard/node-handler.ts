import { STREAM } from './board-answer.ts';
import type { Board } from './board.ts';
import type { BoardRequest } from './board-request.ts';

/** The used part of a request of `node:http`, `node:http2` or Express. */
export interface NodeRequestLike {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: { unref?(): unknown; ref?(): unknown } | null | undefined;
}

/** The used part of a response of `node:http`, `node:http2` or Express. */
export interface NodeResponseLike {
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(part: string): boolean;
  end(body: string): unknown;
  on(event: 'drain' | 'close' | 'error', listener: () => void): unknown;
  destroy?(): unknown;
}

/** Answers a request of a server of Node. */
export async function answerNode(
  board: Board,
  request: NodeRequestLike,
  response: NodeResponseLike,
): Promise<void> {
  const asked: BoardRequest = {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: headersOf(request),
  };
  const { status, headers, body } = await board.answer(asked, request);
  if (body !== STREAM) {
    const length = String(new TextEncoder().encode(body).byteLength);
    response.writeHead(status, { ...headers, 'content-length': length });
    response.end(asked.method === 'HEAD' ? '' : body);
    return;
  }
  response.writeHead(status, { ...headers });
  if (asked.method === 'HEAD') return void response.end('');
  // An open page is no reason for a program to go on.
  request.socket?.unref?.();
  const { ready, gone } = board.watch({
    write: (part) => response.write(part),
    end() {
      request.socket?.ref?.();
      response.end('');
    },
  });
  response.on('drain', ready);
  response.on('close', gone);
  // A connection that breaks closes as well.
  response.on('error', () => {});
}

function headersOf({ headers }: NodeRequestLike): Headers {
  const made = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    // HTTP/2 names the host in a field of its own.
    if (name === ':authority') made.set('host', String(value));
    if (name.startsWith(':')) continue;
    for (const one of [value].flat()) made.append(name, one);
  }
  return made;
}
