import Anthropic from '@anthropic-ai/sdk';
import { anthropic } from 'holdfast/catalogs';
import { ANTHROPIC } from './stream-answers.ts';
import { provesStreams, type StreamGround } from './stream-scenarios.ts';

const client = ({ url, fetch }: StreamGround) =>
  new Anthropic({ apiKey: 'key', baseURL: url, fetch, maxRetries: 0 });
const question = {
  model: 'claude',
  max_tokens: 10,
  messages: [{ role: 'user' as const, content: 'Where to?' }],
};

provesStreams({
  name: '@anthropic-ai/sdk, create',
  protocol: ANTHROPIC,
  options: { catalog: anthropic },
  silent: { class: 'TimeoutError', lost: 'TypeError', kind: 'timeout' },
  async *read(ground) {
    const stream = await client(ground).messages.create({ ...question, stream: true });
    for await (const part of stream) {
      if (part.type === 'content_block_delta' && part.delta.type === 'text_delta') {
        yield part.delta.text;
      }
    }
  },
});

provesStreams({
  name: '@anthropic-ai/sdk, stream',
  protocol: ANTHROPIC,
  options: { catalog: anthropic },
  silent: { class: 'AnthropicError', lost: 'AnthropicError' },
  async *read(ground) {
    for await (const part of client(ground).messages.stream(question)) {
      if (part.type === 'content_block_delta' && part.delta.type === 'text_delta') {
        yield part.delta.text;
      }
    }
  },
});
