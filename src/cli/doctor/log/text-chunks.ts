/** The text of bytes that come piece by piece; a character that is cut in two is put together. */
export async function* textOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** So much is looked at to tell what a log is. */
const HEAD_LENGTH = 65_536;

/** The beginning of a text, and all of it once more: from the beginning on. */
export async function withHead(
  chunks: AsyncGenerator<string>,
): Promise<{ readonly head: string; readonly all: AsyncGenerator<string> }> {
  let head = '';
  while (head.length < HEAD_LENGTH) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    head += value;
  }
  async function* all(): AsyncGenerator<string> {
    if (head !== '') yield head;
    yield* chunks;
  }
  return { head, all: all() };
}
