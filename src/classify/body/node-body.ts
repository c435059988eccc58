import { read } from '../untrusted.ts';
import type { Chunk, ReadableBody } from './chunks.ts';

/** As much of a stream of Node's as is needed: node-fetch's and cross-fetch's bodies are such. */
export interface NodeBody extends AsyncIterable<Chunk> {
  readonly readableLength: number;
  readonly readableDidRead: boolean;
  /** Of a stream that is written to as well: whether its writer waits for somebody to read it. */
  readonly writableNeedDrain?: boolean | undefined;
  destroy(): unknown;
  on(event: 'error', listener: () => void): unknown;
}

/** By shape; a stream that only looks like Node's (minipass-fetch's) is none. */
export const isNodeBody = (body: unknown): body is NodeBody =>
  typeof read(body, 'readableDidRead') === 'boolean' &&
  typeof read(body, 'destroy') === 'function' &&
  typeof read(body, Symbol.asyncIterator) === 'function';

/**
 * Lets a stream of Node's be read like a `ReadableStream`.
 *
 * @param twin - the other half, where the stream is a copy: the source stops while the twin is full
 * and nobody reads it, and nothing more will come then
 */
export function readableOf(body: NodeBody, twin?: unknown): ReadableBody {
  // A stream that breaks off while nobody listens would end the process.
  body.on('error', () => {});
  const cancel = async () => void body.destroy();
  return {
    cancel,
    getReader() {
      const chunks = body[Symbol.asyncIterator]();
      return {
        cancel,
        async read() {
          const hasStopped = read(twin, 'writableNeedDrain') === true && body.readableLength === 0;
          if (hasStopped) throw new Error('nobody reads the other half of this body');
          const { done, value } = await chunks.next();
          return done === true ? { done, value: undefined } : { done: false, value };
        },
      };
    },
  };
}
