import { describe, expect, test } from '@jest/globals';
import { usageOf, type Amounts } from '../../../src/usage.ts';

/** What is found in the events of one answer. */
const inAll = (...messages: readonly unknown[]): Amounts | undefined =>
  messages.reduce<Amounts | undefined>((before, one) => usageOf(one, before) ?? before, undefined);

describe('usageOf', () => {
  test.each([
    [
      'a chat of OpenAI',
      { choices: [], usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 } },
      { inputTokens: 9, outputTokens: 12, tokens: 21 },
    ],
    [
      'embeddings of OpenAI',
      { data: [], usage: { prompt_tokens: 8, total_tokens: 8 } },
      { inputTokens: 8, tokens: 8 },
    ],
    [
      'a response of OpenAI',
      { output: [], usage: { input_tokens: 36, output_tokens: 87, total_tokens: 123 } },
      { inputTokens: 36, outputTokens: 87, tokens: 123 },
    ],
    [
      'the last event of a streamed response of OpenAI',
      {
        type: 'response.completed',
        response: { usage: { input_tokens: 36, output_tokens: 87, total_tokens: 123 } },
      },
      { inputTokens: 36, outputTokens: 87, tokens: 123 },
    ],
    [
      'a message of Anthropic, with what is written to the cache and without what is read from it',
      {
        type: 'message',
        usage: {
          input_tokens: 50,
          cache_creation_input_tokens: 100,
          cache_read_input_tokens: 10_000,
          output_tokens: 30,
        },
      },
      { inputTokens: 150, outputTokens: 30, tokens: 180 },
    ],
    [
      'an answer of Gemini, with its thoughts',
      {
        candidates: [],
        usageMetadata: {
          promptTokenCount: 5,
          candidatesTokenCount: 10,
          thoughtsTokenCount: 20,
          totalTokenCount: 35,
        },
      },
      { inputTokens: 5, outputTokens: 30, tokens: 35 },
    ],
    [
      'an answer of Amazon Bedrock',
      { usage: { inputTokens: 5, outputTokens: 10, totalTokens: 15 } },
      { inputTokens: 5, outputTokens: 10, tokens: 15 },
    ],
  ])('reads %s', (_what, message, usage) => {
    expect(usageOf(message)).toEqual(usage);
  });

  test('adds up what the events of one stream of Anthropic say', () => {
    const usage = inAll(
      { type: 'message_start', message: { usage: { input_tokens: 25, output_tokens: 1 } } },
      { type: 'content_block_delta', delta: { text: 'Hello' } },
      { type: 'message_delta', delta: {}, usage: { output_tokens: 15 } },
      { type: 'message_stop' },
    );
    expect(usage).toEqual({ inputTokens: 25, outputTokens: 15, tokens: 40 });
  });

  test('takes the last of several', () => {
    const chunk = (total: number) => ({ usageMetadata: { totalTokenCount: total } });
    expect(inAll(chunk(3), chunk(8), {}, chunk(21))).toEqual({ tokens: 21 });
  });

  test('finds nothing in what says nothing', () => {
    const nothing = [
      null,
      7,
      'usage',
      {},
      { usage: null },
      { usage: {} },
      { usage: { total_tokens: '9' } },
    ];
    for (const message of [...nothing, { usage: { total_tokens: -1 } }]) {
      expect(usageOf(message)).toBeUndefined();
    }
  });
});
