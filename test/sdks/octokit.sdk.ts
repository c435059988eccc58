import { github } from 'holdfast/catalogs';
import { Octokit, RequestError } from 'octokit';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';
import { textOf } from './text-stream.ts';

const client = ({ url, fetch }: Ground) =>
  new Octokit({
    baseUrl: url,
    request: { fetch },
    retry: { enabled: false },
    throttle: { enabled: false },
  });
const repository = { owner: 'octo', repo: 'hello' };

provesDropIn({
  name: 'octokit',
  options: { catalog: github },
  call: async (ground, signal) => {
    const { data } = await client(ground).rest.repos.get({ ...repository, request: { signal } });
    return data;
  },
  success: {
    answer: { status: 200, body: { id: 1, full_name: 'octo/hello' } },
    value: { id: 1, full_name: 'octo/hello' },
  },
  fatal: {
    answer: {
      status: 404,
      body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest' },
    },
    error: {
      class: RequestError,
      name: 'HttpError',
      status: 404,
      message: 'Not Found - https://docs.github.com/rest',
    },
  },
  abort: { class: RequestError, name: 'HttpError', status: 500 },
  stream: {
    headers: { 'content-type': 'text/html' },
    pieces: ['Over ', 'the ', 'hills'],
    value: 'Over the hills',
    async *read(ground) {
      const { data } = await client(ground).request('GET /repos/{owner}/{repo}/readme', {
        ...repository,
        request: { parseSuccessResponseBody: false },
      });
      yield* textOf(data as unknown as ReadableStream<Uint8Array>);
    },
  },
});
