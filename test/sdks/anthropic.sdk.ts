import Anthropic, { APIUserAbortError, BadRequestError } from '@anthropic-ai/sdk';
import { anthropic } from 'holdfast/catalogs';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';

const client = ({ url, fetch }: Ground) =>
  new Anthropic({ apiKey: 'key', baseURL: url, fetch, maxRetries: 0 });
const question = {
  model: 'claude',
  max_tokens: 10,
  messages: [{ role: 'user' as const, content: 'Where to?' }],
};
const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude' };
const usage = { input_tokens: 1, output_tokens: 1 };
const event = (type: string, data: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const text = (words: string): string =>
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: words } });

provesDropIn({
  name: '@anthropic-ai/sdk',
  options: { catalog: anthropic },
  call: async (ground, signal) => {
    const { content } = await client(ground).messages.create(question, { signal });
    return content;
  },
  success: {
    answer: {
      status: 200,
      body: { ...message, content: [{ type: 'text', text: 'Over the hills' }], usage },
    },
    value: [{ type: 'text', text: 'Over the hills' }],
  },
  fatal: {
    answer: {
      status: 400,
      headers: { 'request-id': 'req_1' },
      body: { type: 'error', error: { type: 'invalid_request_error', message: 'Too long' } },
    },
    error: {
      class: BadRequestError,
      status: 400,
      type: 'invalid_request_error',
      requestID: 'req_1',
    },
  },
  abort: { class: APIUserAbortError, message: 'Request was aborted.' },
  stream: {
    headers: { 'content-type': 'text/event-stream' },
    pieces: [
      event('message_start', { message: { ...message, content: [], usage } }) +
        event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
        text('Over '),
      text('the '),
      text('hills') + event('message_stop'),
    ],
    value: 'Over the hills',
    async *read(ground) {
      const stream = await client(ground).messages.create({ ...question, stream: true });
      for await (const part of stream) {
        if (part.type === 'content_block_delta' && part.delta.type === 'text_delta') {
          yield part.delta.text;
        }
      }
    },
  },
});
