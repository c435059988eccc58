import type { EventSplitter, StreamEvent } from '../../classify/streams/event-splitter.ts';

/** Of a longer answer only the end is read. */
const MAX_WHOLE_BYTES = 256 * 1024;
/** Where usage stands in a long answer: at its end. */
const END_BYTES = 4096;
const USAGE_FIELDS = /"(usage|usageMetadata)"\s*:\s*\{/g;
const NONE: readonly StreamEvent[] = [];

/**
 * Reads a JSON answer as one event. Of one that is longer than 256 KiB, as of embeddings, it gives
 * the object of `usage` or `usageMetadata` in the last 4 KiB, and nothing else.
 */
export class JsonAnswer implements EventSplitter {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isWhole = true;

  push(chunk: Uint8Array): readonly StreamEvent[] {
    // A copy: whoever gets the chunk may do with it as they like.
    this.#chunks.push(this.#isWhole ? chunk.slice() : chunk.slice(-END_BYTES));
    this.#bytes += chunk.byteLength;
    if (this.#bytes <= MAX_WHOLE_BYTES && this.#isWhole) return NONE;
    this.#isWhole = false;
    let kept = 0;
    let first = this.#chunks.length;
    while (first > 0 && kept < END_BYTES) kept += this.#chunks[--first]?.byteLength ?? 0;
    this.#chunks = this.#chunks.slice(first);
    return NONE;
  }

  end(): readonly StreamEvent[] {
    const decoder = new TextDecoder();
    const parts = this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true }));
    const text = parts.join('') + decoder.decode();
    this.#chunks = [];
    const data = this.#isWhole ? text : usageAtEnd(text);
    return data === undefined ? NONE : [{ name: undefined, data }];
  }
}

/** `{"usage":{…}}`, cut out of the end of a longer text. */
function usageAtEnd(text: string): string | undefined {
  const found = [...text.matchAll(USAGE_FIELDS)].at(-1);
  if (found === undefined) return undefined;
  const begin = found.index + found[0].length - 1;
  let depth = 0;
  for (let index = begin; index < text.length; index += 1) {
    if (text[index] === '{') depth += 1;
    if (text[index] === '}') depth -= 1;
    if (depth === 0) return `{"${found[1]}":${text.slice(begin, index + 1)}}`;
  }
  return undefined;
}
