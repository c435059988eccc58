import createClient from 'openapi-fetch';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';
import { textOf } from './text-stream.ts';

/** What openapi-typescript would have made of this API's description. */
interface Paths {
  '/walks/{id}': {
    put: {
      parameters: { path: { id: number } };
      requestBody: { content: { 'application/json': { to: string } } };
      responses: {
        200: { content: { 'application/json': { id: number } } };
        422: { content: { 'application/json': { message: string } } };
      };
    };
    get: {
      parameters: { path: { id: number } };
      responses: { 200: { content: { 'text/plain': string } } };
    };
  };
}

// It does not retry by itself.
const client = ({ url, fetch }: Ground) => createClient<Paths>({ baseUrl: url, fetch });
const params = { path: { id: 1 } };

provesDropIn({
  name: 'openapi-fetch',
  // It returns errors instead of throwing them.
  call: async (ground, signal) => {
    const body = { to: 'hills' };
    const { data, error } = await client(ground).PUT('/walks/{id}', {
      params,
      body,
      signal,
    });
    if (error !== undefined) throw error;
    return data;
  },
  success: { answer: { status: 200, body: { id: 1 } }, value: { id: 1 } },
  fatal: {
    answer: { status: 422, body: { message: 'Too far' } },
    error: { class: Object, message: 'Too far' },
  },
  abort: { class: DOMException, name: 'AbortError' },
  stream: {
    headers: { 'content-type': 'text/plain' },
    pieces: ['Over ', 'the ', 'hills'],
    value: 'Over the hills',
    async *read(ground) {
      const { data } = await client(ground).GET('/walks/{id}', { params, parseAs: 'stream' });
      yield* textOf(data!);
    },
  },
});
