import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { streamText, type LanguageModel } from 'ai';
import { anthropic, openai } from 'holdfast/catalogs';
import { ANTHROPIC, OPENAI_CHAT, OPENAI_RESPONSES, type StreamProtocol } from './stream-answers.ts';
import { provesStreams, type StreamGround, type StreamingSdk } from './stream-scenarios.ts';

// The names of the models are no real ones, which it would write to the console.
globalThis.AI_SDK_LOG_WARNINGS = false;

const proves = (
  provider: string,
  protocol: StreamProtocol,
  options: StreamingSdk['options'],
  modelOn: (ground: StreamGround) => LanguageModel,
): void =>
  provesStreams({
    name: `ai with ${provider}`,
    protocol,
    options,
    // It hands on whatever is named `TimeoutError`, as it does an abort.
    silent: { class: 'TimeoutError', lost: 'APICallError', kind: 'timeout' },
    async *read(ground) {
      const { fullStream } = streamText({
        model: modelOn(ground),
        prompt: 'Where to?',
        maxRetries: 0,
        // Without it, it writes each error to the console.
        onError: () => undefined,
      });
      let failed: { readonly error: unknown } | undefined;
      for await (const part of fullStream) {
        if (part.type === 'text-delta') yield part.text;
        if (part.type === 'error') failed = part;
      }
      if (failed) throw failed.error;
    },
  });

proves('@ai-sdk/openai, chat', OPENAI_CHAT, { catalog: openai }, ({ url, fetch }) =>
  createOpenAI({ apiKey: 'key', baseURL: url, fetch }).chat('gpt'),
);
proves('@ai-sdk/openai, responses', OPENAI_RESPONSES, { catalog: openai }, ({ url, fetch }) =>
  createOpenAI({ apiKey: 'key', baseURL: url, fetch }).responses('gpt'),
);
proves('@ai-sdk/anthropic', ANTHROPIC, { catalog: anthropic }, ({ url, fetch }) =>
  createAnthropic({ apiKey: 'key', baseURL: url, fetch })('claude'),
);
