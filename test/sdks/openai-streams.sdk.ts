import { openai } from 'holdfast/catalogs';
import OpenAI from 'openai';
import { OPENAI_CHAT, OPENAI_RESPONSES } from './stream-answers.ts';
import { provesStreams, type StreamGround } from './stream-scenarios.ts';

const client = ({ url, fetch }: StreamGround) =>
  new OpenAI({ apiKey: 'key', baseURL: url, fetch, maxRetries: 0 });
// The SDK hands on what the body gives, whatever it is.
const silent = { class: 'TimeoutError', lost: 'TypeError', kind: 'timeout' };

provesStreams({
  name: 'openai, chat',
  protocol: OPENAI_CHAT,
  options: { catalog: openai },
  silent,
  async *read(ground) {
    const stream = await client(ground).chat.completions.create({
      model: 'gpt',
      messages: [{ role: 'user', content: 'Where to?' }],
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const { choices } of stream) yield choices[0]?.delta.content ?? '';
  },
});

provesStreams({
  name: 'openai, responses',
  protocol: OPENAI_RESPONSES,
  options: { catalog: openai },
  silent,
  async *read(ground) {
    const stream = await client(ground).responses.create({
      model: 'gpt',
      input: 'Where to?',
      stream: true,
    });
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') yield event.delta;
      // The SDK hands on an error as an event like any other.
      if (event.type === 'error') throw event;
    }
  },
});
