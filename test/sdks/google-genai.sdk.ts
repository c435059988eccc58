import { expect } from '@jest/globals';
import { ApiError, GoogleGenAI } from '@google/genai';
import { google } from 'holdfast/catalogs';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';

// It does not retry unless it is given `httpOptions.retryOptions`.
const client = ({ url, fetch }: Ground) =>
  new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: url, fetch } });
const question = { model: 'gemini', contents: 'Where to?' };
const content = (text: string) => ({
  candidates: [{ content: { role: 'model', parts: [{ text }] } }],
});
const event = (text: string): string => `data: ${JSON.stringify(content(text))}\r\n\r\n`;

provesDropIn({
  name: '@google/genai',
  options: { catalog: google },
  call: async (ground, abortSignal) => {
    const config = { abortSignal };
    const { text } = await client(ground).models.generateContent({ ...question, config });
    return text;
  },
  success: { answer: { status: 200, body: content('Over the hills') }, value: 'Over the hills' },
  fatal: {
    answer: {
      status: 400,
      body: { error: { code: 400, message: 'Too long', status: 'INVALID_ARGUMENT' } },
    },
    error: { class: ApiError, status: 400, message: expect.stringContaining('INVALID_ARGUMENT') },
  },
  abort: { class: Error, message: expect.stringContaining('AbortError') },
  stream: {
    headers: { 'content-type': 'text/event-stream' },
    pieces: [event('Over '), event('the '), event('hills')],
    value: 'Over the hills',
    async *read(ground) {
      const stream = await client(ground).models.generateContentStream(question);
      for await (const { text } of stream) yield text ?? '';
    },
  },
});
