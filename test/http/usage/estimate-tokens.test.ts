import { describe, expect, test } from '@jest/globals';
import { estimateTokens } from '../../../src/usage.ts';

const estimated = (body: unknown, url = 'https://api.example.com/v1/chat/completions') =>
  estimateTokens({ url, method: 'POST', body, key: 'k', route: '' });

describe('estimateTokens', () => {
  test('takes a quarter of the characters of all texts, and the maximum of the answer', () => {
    const body = {
      model: 'gpt4',
      max_completion_tokens: 200,
      messages: [
        { role: 'user', content: 'x'.repeat(400) },
        { role: 'user', content: [{ type: 'text', text: 'y'.repeat(388) }] },
      ],
    };
    expect(estimated(JSON.stringify(body))).toEqual({
      inputTokens: 201,
      outputTokens: 200,
      tokens: 401,
    });
  });

  test.each([
    ['max_tokens', { max_tokens: 70 }],
    ['max_output_tokens', { max_output_tokens: 70 }],
    ['generationConfig.maxOutputTokens', { generationConfig: { maxOutputTokens: 70 } }],
    ['inferenceConfig.maxTokens', { inferenceConfig: { maxTokens: 70 } }],
  ])('knows the maximum by the name of %s', (_name, body) => {
    expect(estimated(JSON.stringify(body))?.outputTokens).toBe(70);
  });

  test('reckons with 500 tokens of output where no maximum is said, and with none for embeddings', () => {
    const body = JSON.stringify({ input: 'x'.repeat(40) });
    expect(estimated(body)?.outputTokens).toBe(500);
    const embeddings = estimated(body, 'https://api.example.com/v1/embeddings');
    expect(embeddings).toEqual({ inputTokens: 10, outputTokens: 0, tokens: 10 });
  });

  test('counts no data', () => {
    const image = Buffer.from('z'.repeat(30_000)).toString('base64');
    const parts = [{ data: image }, { image_url: { url: `data:image/png;base64,${image}` } }];
    expect(estimated(JSON.stringify({ contents: [{ parts }] }))?.inputTokens).toBeLessThan(10);
  });

  test('reads bytes, and takes what is no JSON as text', () => {
    const bytes = new TextEncoder().encode(
      JSON.stringify({ prompt: 'x'.repeat(40), max_tokens: 1 }),
    );
    expect(estimated(bytes)?.tokens).toBe(11);
    expect(estimated('plain words, '.repeat(4))?.inputTokens).toBe(13);
  });

  test('says nothing where there is no text to estimate by', () => {
    for (const body of [undefined, new FormData(), new ReadableStream()]) {
      expect(estimated(body)).toBeUndefined();
    }
  });

  test('reads any JSON, however deep', () => {
    const deep = `${'{"a":'.repeat(5000)}"x"${'}'.repeat(5000)}`;
    expect(estimated(deep)).toBeDefined();
  });
});
