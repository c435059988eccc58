import { ChatOpenAI } from '@langchain/openai';
import { openai } from 'holdfast/catalogs';
import { BadRequestError } from 'openai';
import { CHAT_COMPLETION, CHAT_STREAM, INVALID_REQUEST } from './openai-answers.ts';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';

const model = ({ url, fetch }: Ground) =>
  new ChatOpenAI({
    model: 'gpt',
    apiKey: 'key',
    configuration: { baseURL: url, fetch },
    maxRetries: 0,
  });

provesDropIn({
  name: '@langchain/openai',
  options: { catalog: openai },
  call: async (ground, signal) => {
    const { text } = await model(ground).invoke('Where to?', { signal });
    return text;
  },
  success: CHAT_COMPLETION,
  fatal: {
    answer: INVALID_REQUEST,
    error: { class: BadRequestError, status: 400, code: 'context_length_exceeded' },
  },
  abort: { class: Error, name: 'AbortError', message: 'Request was aborted.' },
  stream: {
    ...CHAT_STREAM,
    async *read(ground) {
      for await (const { text } of await model(ground).stream('Where to?')) yield text;
    },
  },
});
