import type { UsageRequest } from '../../policies/usage-limits/usage-source.ts';
import type { TokenUsage } from './usage-of.ts';

/** A rule of thumb for English text; the limit finds out how far it is off. */
const CHARACTERS_PER_TOKEN = 4;
/** What an answer is reckoned with where the request names no maximum. */
const USUAL_OUTPUT_TOKENS = 500;
/** Text of this length has a space somewhere at its beginning; what has none is data (Base64). */
const DATA_FROM_CHARACTERS = 1024;
const LOOKED_AT_CHARACTERS = 256;
/** Deeper than any request to a model. */
const MAX_DEPTH = 32;

/** The names under which a request says how long its answer may be. */
const MAXIMA: ReadonlySet<string> = new Set([
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'maxOutputTokens',
  'maxTokens',
]);

/**
 * Estimates the tokens of a request to a language model, without a tokenizer. Input: a quarter of the
 * characters of all texts in its JSON body (messages, instructions, descriptions of tools), but for
 * data such as images in Base64. Output: `max_tokens`, `max_completion_tokens`, `max_output_tokens`,
 * `generationConfig.maxOutputTokens` or `inferenceConfig.maxTokens`, 500 where there is none, and 0
 * for embeddings.
 *
 * @returns `undefined` where there is no text to estimate by: the body of a `Request`, a stream, a
 * form; the limit goes by what calls usually use then
 *
 * @example
 * const limit = { per: 'minute', tokens: 30_000, cost: estimateTokens, settle: usageOf };
 */
export function estimateTokens({ url = '', body }: UsageRequest): TokenUsage | undefined {
  const text = textOf(body);
  if (text === undefined) return undefined;
  const found = { characters: 0, most: undefined as number | undefined };
  try {
    count(JSON.parse(text), found, MAX_DEPTH);
  } catch {
    found.characters = text.length;
  }
  const isEmbedding = /embed/i.test(url);
  const inputTokens = Math.ceil(found.characters / CHARACTERS_PER_TOKEN);
  const outputTokens = found.most ?? (isEmbedding ? 0 : USUAL_OUTPUT_TOKENS);
  return { tokens: inputTokens + outputTokens, inputTokens, outputTokens };
}

function textOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body))
    return new TextDecoder().decode(body);
  return undefined;
}

/** Adds up the characters of all texts, and finds the maximum of the answer. */
function count(
  value: unknown,
  found: { characters: number; most: number | undefined },
  depth: number,
): void {
  if (typeof value === 'string') {
    if (!isData(value)) found.characters += value.length;
  } else if (typeof value === 'object' && value !== null && depth > 0) {
    for (const [name, item] of Object.entries(value)) {
      if (MAXIMA.has(name) && typeof item === 'number' && item >= 0) {
        found.most = Math.max(found.most ?? 0, item);
      } else {
        count(item, found, depth - 1);
      }
    }
  }
}

const isData = (text: string): boolean =>
  text.startsWith('data:') ||
  (text.length >= DATA_FROM_CHARACTERS && !/\s/.test(text.slice(0, LOOKED_AT_CHARACTERS)));
