import { openai } from 'holdfast/catalogs';
import OpenAI, { APIUserAbortError, BadRequestError } from 'openai';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';
import { CHAT_COMPLETION, CHAT_STREAM, INVALID_REQUEST } from './openai-answers.ts';

const client = ({ url, fetch }: Ground) =>
  new OpenAI({ apiKey: 'key', baseURL: url, fetch, maxRetries: 0 });
const ask = { model: 'gpt', messages: [{ role: 'user', content: 'Where to?' }] } as const;

provesDropIn({
  name: 'openai',
  options: { catalog: openai },
  call: async (ground, signal) => {
    const completion = await client(ground).chat.completions.create(
      { ...ask, messages: [...ask.messages] },
      { signal },
    );
    return completion.choices[0]?.message.content;
  },
  success: CHAT_COMPLETION,
  fatal: {
    answer: INVALID_REQUEST,
    error: {
      class: BadRequestError,
      status: 400,
      code: 'context_length_exceeded',
      message: '400 Too long',
      requestID: 'req_1',
    },
  },
  abort: { class: APIUserAbortError, message: 'Request was aborted.' },
  stream: {
    ...CHAT_STREAM,
    async *read(ground) {
      const stream = await client(ground).chat.completions.create({
        ...ask,
        messages: [...ask.messages],
        stream: true,
      });
      for await (const { choices } of stream) yield choices[0]?.delta.content ?? '';
    },
  },
});
