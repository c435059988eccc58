import axios, { AxiosError, CanceledError } from 'axios';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';
import { textOf } from './text-stream.ts';

// It does not retry by itself (unless axios-retry is added).
const client = ({ url, fetch }: Ground) =>
  axios.create({ baseURL: url, adapter: 'fetch', env: { fetch } });

provesDropIn({
  name: 'axios',
  call: async (ground, signal) => {
    const { data } = await client(ground).put('/walks/1', { to: 'hills' }, { signal });
    return data as unknown;
  },
  changingFields: ['duration'],
  success: { answer: { status: 200, body: { id: 1 } }, value: { id: 1 } },
  fatal: {
    answer: { status: 422, body: { message: 'Too far' } },
    error: {
      class: AxiosError,
      code: 'ERR_BAD_REQUEST',
      status: 422,
      message: 'Request failed with status code 422',
    },
  },
  abort: { class: CanceledError, name: 'CanceledError', code: 'ERR_CANCELED' },
  stream: {
    headers: { 'content-type': 'text/plain' },
    pieces: ['Over ', 'the ', 'hills'],
    value: 'Over the hills',
    async *read(ground) {
      const { data } = await client(ground).get<ReadableStream<Uint8Array>>('/walks/1', {
        responseType: 'stream',
      });
      yield* textOf(data);
    },
  },
});
