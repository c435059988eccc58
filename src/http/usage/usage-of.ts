import type { Amounts } from '../../policies/usage-limits/usage-source.ts';

/** Tokens that a call has used. */
export type TokenUsage = Readonly<
  Partial<Record<'tokens' | 'inputTokens' | 'outputTokens', number>>
>;

type Fields = Readonly<Record<string, unknown>>;

/** Input, in the words of OpenAI's chat, OpenAI's responses and Anthropic, Gemini, Amazon Bedrock. */
const INPUT = ['prompt_tokens', 'input_tokens', 'promptTokenCount', 'inputTokens'];
const OUTPUT = ['completion_tokens', 'output_tokens', 'candidatesTokenCount', 'outputTokens'];
const TOTAL = ['total_tokens', 'totalTokenCount', 'totalTokens'];

/**
 * Reads how many tokens a call has used, from the JSON of its answer or of one event of its stream:
 * `usage` of OpenAI (chat, responses, embeddings) and those that speak like it, of Anthropic (also
 * `message_start` and `message_delta` of its streams) and of Amazon Bedrock, and `usageMetadata` of
 * Gemini. Of several events the last one wins.
 *
 * Anthropic's tokens that are written to the cache are input; those that are read from it are not
 * counted, as in its limits.
 *
 * @param before - what was found in the events before
 * @returns `undefined` where the message says nothing of it
 *
 * @example
 * usageLimits({ limits: [{ per: 'minute', tokens: 30_000, cost: estimateTokens, settle: usageOf }] });
 */
export function usageOf(message: unknown, before?: Amounts): TokenUsage | undefined {
  const usage = usageFields(message);
  if (usage === undefined) return undefined;
  const known = typeof before === 'object' ? before : undefined;
  const uncached = firstNumber(usage, INPUT);
  const written = firstNumber(usage, ['cache_creation_input_tokens']) ?? 0;
  const inputTokens = uncached === undefined ? known?.inputTokens : uncached + written;
  const outputTokens = outputOf(usage) ?? known?.outputTokens;
  const total = firstNumber(usage, TOTAL);
  if (inputTokens === undefined && outputTokens === undefined && total === undefined)
    return undefined;
  const tokens = total ?? (inputTokens ?? 0) + (outputTokens ?? 0);
  return {
    tokens,
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
  };
}

/** Gemini counts thoughts apart from the answer. */
function outputOf(usage: Fields): number | undefined {
  const output = firstNumber(usage, OUTPUT);
  const thoughts = firstNumber(usage, ['thoughtsTokenCount']);
  return thoughts === undefined ? output : (output ?? 0) + thoughts;
}

/** Where it stands: at the top, or in the message or the response that an event carries. */
function usageFields(message: unknown): Fields | undefined {
  const top = fieldsOf(message);
  for (const holder of [top, fieldsOf(top?.message), fieldsOf(top?.response)]) {
    const usage = fieldsOf(holder?.usage) ?? fieldsOf(holder?.usageMetadata);
    if (usage !== undefined) return usage;
  }
  return undefined;
}

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null ? (value as Fields) : undefined;

function firstNumber(fields: Fields, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
  }
  return undefined;
}
