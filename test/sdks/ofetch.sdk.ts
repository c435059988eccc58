import { expect } from '@jest/globals';
import { FetchError, createFetch } from 'ofetch';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';
import { textOf } from './text-stream.ts';

const client = ({ url, fetch }: Ground) =>
  createFetch({ fetch }).create({ baseURL: url, retry: false });

provesDropIn({
  name: 'ofetch',
  call: (ground, signal) =>
    client(ground)('/walks/1', { method: 'PUT', body: { to: 'hills' }, signal }),
  success: { answer: { status: 200, body: { id: 1 } }, value: { id: 1 } },
  fatal: {
    answer: { status: 422, body: { message: 'Too far' } },
    error: { class: FetchError, statusCode: 422, data: { message: 'Too far' } },
  },
  abort: { class: FetchError, cause: expect.objectContaining({ name: 'AbortError' }) },
  stream: {
    headers: { 'content-type': 'text/plain' },
    pieces: ['Over ', 'the ', 'hills'],
    value: 'Over the hills',
    async *read(ground) {
      yield* textOf(await client(ground)('/walks/1', { responseType: 'stream' }));
    },
  },
});
