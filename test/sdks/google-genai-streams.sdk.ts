import { GoogleGenAI } from '@google/genai';
import { google } from 'holdfast/catalogs';
import { GEMINI } from './stream-answers.ts';
import { provesStreams } from './stream-scenarios.ts';

provesStreams({
  name: '@google/genai',
  protocol: GEMINI,
  options: { catalog: google },
  silent: { class: 'TimeoutError', lost: 'TypeError', kind: 'timeout' },
  // It throws, and leaves the rest of the body as it is.
  leavesErrors: false,
  async *read({ url, fetch }) {
    const client = new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: url, fetch } });
    const question = { model: 'gemini', contents: 'Where to?' };
    const stream = await client.models.generateContentStream(question);
    for await (const { text } of stream) yield text ?? '';
  },
});
