import { STREAM } from './board-answer.ts';
import type { Board } from './board.ts';
import type { BoardRequest } from './board-request.ts';
import type { Viewer } from './viewers.ts';

/** Answers a `Request` of fetch: Hono, Bun, Deno, Workers. */
export async function answerFetch(board: Board, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const asked: BoardRequest = {
    method: request.method,
    url: pathname + search,
    headers: withHost(request),
  };
  const { status, headers, body } = await board.answer(asked, request);
  if (request.method === 'HEAD') return new Response(null, { status, headers });
  return new Response(body === STREAM ? streamTo(board, request.signal) : body, {
    status,
    headers,
  });
}

/** A request that was made by hand has its host in its address alone. */
function withHost(request: Request): Headers {
  const headers = new Headers(request.headers);
  if (!headers.has('host')) headers.set('host', new URL(request.url).host);
  return headers;
}

function streamTo(board: Board, signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let watching: ReturnType<Board['watch']> | undefined;
  let leave = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const viewer: Viewer = {
        write(part) {
          controller.enqueue(encoder.encode(part));
          return (controller.desiredSize ?? 0) > 0;
        },
        end() {
          leave();
          controller.close();
        },
      };
      watching = board.watch(viewer);
      const gone = () => {
        leave();
        watching?.gone();
      };
      leave = () => signal.removeEventListener('abort', gone);
      signal.addEventListener('abort', gone, { once: true });
    },
    pull: () => watching?.ready(),
    cancel() {
      leave();
      watching?.gone();
    },
  });
}
