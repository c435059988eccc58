import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateText, streamText } from 'ai';
import { openai } from 'holdfast/catalogs';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';
import { CHAT_COMPLETION, CHAT_STREAM, INVALID_REQUEST } from './openai-answers.ts';

const question = ({ url, fetch }: Ground) => ({
  model: createOpenAI({ apiKey: 'key', baseURL: url, fetch }).chat('gpt'),
  prompt: 'Where to?',
  maxRetries: 0,
});

provesDropIn({
  name: 'ai with @ai-sdk/openai',
  options: { catalog: openai },
  call: async (ground, abortSignal) => {
    const { text } = await generateText({ ...question(ground), abortSignal });
    return text;
  },
  success: CHAT_COMPLETION,
  fatal: {
    answer: INVALID_REQUEST,
    error: { class: APICallError, statusCode: 400, message: 'Too long', isRetryable: false },
  },
  abort: { class: DOMException, name: 'AbortError' },
  stream: {
    ...CHAT_STREAM,
    read: (ground) => streamText(question(ground)).textStream,
  },
});
