import { ChatOpenAI } from '@langchain/openai';
import { openai } from 'holdfast/catalogs';
import { OPENAI_CHAT, OPENAI_RESPONSES, type StreamProtocol } from './stream-answers.ts';
import { provesStreams } from './stream-scenarios.ts';

const proves = (api: string, useResponsesApi: boolean, protocol: StreamProtocol): void =>
  provesStreams({
    name: `@langchain/openai, ${api}`,
    protocol,
    options: { catalog: openai },
    silent: { class: 'TimeoutError', lost: 'TypeError', kind: 'timeout' },
    // Of responses it drops the error events.
    showsErrors: !useResponsesApi,
    async *read({ url, fetch }) {
      const model = new ChatOpenAI({
        model: 'gpt',
        apiKey: 'key',
        configuration: { baseURL: url, fetch },
        maxRetries: 0,
        useResponsesApi,
      });
      for await (const { text } of await model.stream('Where to?')) yield text;
    },
  });

proves('chat', false, OPENAI_CHAT);
proves('responses', true, OPENAI_RESPONSES);
