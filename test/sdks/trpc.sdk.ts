import { TRPCClientError, createTRPCClient, httpBatchStreamLink, httpLink } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';

const { procedure, router } = initTRPC.create();
/** Only its type is used: the answers are canned. */
const walks = router({
  whereTo: procedure.query(() => 'hills'),
  words: procedure.query(async function* words(): AsyncGenerator<string> {
    yield '';
  }),
});
type Walks = typeof walks;

// It does not retry unless a retryLink is added.
const client = ({ url, fetch }: Ground) =>
  createTRPCClient<Walks>({ links: [httpLink({ url, fetch })] });

provesDropIn({
  name: '@trpc/client',
  call: (ground, signal) => client(ground).whereTo.query(undefined, { signal }),
  success: { answer: { status: 200, body: { result: { data: 'hills' } } }, value: 'hills' },
  fatal: {
    answer: {
      status: 400,
      body: {
        error: {
          message: 'Too far',
          code: -32_600,
          data: { code: 'BAD_REQUEST', httpStatus: 400, path: 'whereTo' },
        },
      },
    },
    error: {
      class: TRPCClientError,
      message: 'Too far',
      data: { code: 'BAD_REQUEST', httpStatus: 400, path: 'whereTo' },
    },
  },
  abort: { class: TRPCClientError },
  // One JSON line for each thing that is ready: the call, its result, its data, each word, the end.
  stream: {
    headers: { 'content-type': 'application/json' },
    pieces: [
      '{"0":[[0],[null,0,0]]}\n' +
        '[0,0,[[{"result":0}],["result",0,1]]]\n' +
        '[1,0,[[{"data":0}],["data",0,2]]]\n' +
        '[2,0,[[0],[null,1,3]]]\n' +
        '[3,1,[["Over "]]]\n',
      '[3,1,[["the "]]]\n',
      '[3,1,[["hills"]]]\n[3,0,[[]]]\n',
    ],
    value: 'Over the hills',
    async *read({ url, fetch }) {
      const streaming = createTRPCClient<Walks>({ links: [httpBatchStreamLink({ url, fetch })] });
      yield* await streaming.words.query();
    },
  },
});
