import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateText, streamText } from 'ai';
import { anthropic, openai } from 'holdfast/catalogs';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';
import { ANTHROPIC } from './stream-answers.ts';
import { CHAT_COMPLETION, CHAT_STREAM, INVALID_REQUEST } from './openai-answers.ts';

// The names of the models are no real ones, which it would write to the console.
globalThis.AI_SDK_LOG_WARNINGS = false;

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

const claude = ({ url, fetch }: Ground) => ({
  model: createAnthropic({ apiKey: 'key', baseURL: url, fetch })('claude'),
  prompt: 'Where to?',
  maxRetries: 0,
  maxOutputTokens: 10,
});

provesDropIn({
  name: 'ai with @ai-sdk/anthropic',
  options: { catalog: anthropic },
  call: async (ground, abortSignal) => {
    const { text } = await generateText({ ...claude(ground), abortSignal });
    return text;
  },
  success: {
    answer: {
      status: 200,
      body: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude',
        content: [{ type: 'text', text: 'Over the hills' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 1, output_tokens: 1 },
      },
    },
    value: 'Over the hills',
  },
  fatal: {
    answer: {
      status: 400,
      body: { type: 'error', error: { type: 'invalid_request_error', message: 'Too long' } },
    },
    error: { class: APICallError, statusCode: 400, message: 'Too long', isRetryable: false },
  },
  abort: { class: DOMException, name: 'AbortError' },
  stream: {
    headers: { 'content-type': 'text/event-stream' },
    pieces: [ANTHROPIC.events.slice(0, 5).join(''), ANTHROPIC.events.slice(5).join('')],
    value: ANTHROPIC.text,
    read: (ground) => streamText(claude(ground)).textStream,
  },
});
