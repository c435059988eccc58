import { expect } from '@jest/globals';
import ky, { HTTPError } from 'ky';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';
import { textOf } from './text-stream.ts';

const client = ({ url, fetch }: Ground) => ky.create({ prefixUrl: url, fetch, retry: 0 });

provesDropIn({
  name: 'ky',
  call: (ground, signal) =>
    client(ground)
      .put('walks/1', { json: { to: 'hills' }, signal })
      .json(),
  success: { answer: { status: 200, body: { id: 1 } }, value: { id: 1 } },
  fatal: {
    answer: { status: 422, body: { message: 'Too far' } },
    error: {
      class: HTTPError,
      message: expect.stringContaining('status code 422'),
      response: expect.objectContaining({ status: 422, bodyUsed: false }),
    },
  },
  abort: { class: DOMException, name: 'AbortError' },
  stream: {
    headers: { 'content-type': 'text/plain' },
    pieces: ['Over ', 'the ', 'hills'],
    value: 'Over the hills',
    async *read(ground) {
      const { body } = await client(ground).get('walks/1');
      yield* textOf(body!);
    },
  },
});
