/** Longer lines than any log's; what is longer is left out, so that memory stays bounded. */
const MAX_LINE_LENGTH = 4 * 1024 * 1024;

/** The lines of a text, without their ends; `undefined` for one that is too long. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string | undefined> {
  let begun = '';
  let isTooLong = false;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      const line = begun + chunk.slice(from, end);
      yield isTooLong || line.length > MAX_LINE_LENGTH ? undefined : withoutReturn(line);
      begun = '';
      isTooLong = false;
      from = end + 1;
    }
    begun += chunk.slice(from);
    if (begun.length > MAX_LINE_LENGTH) {
      begun = '';
      isTooLong = true;
    }
  }
  if (isTooLong) yield undefined;
  else if (begun !== '') yield withoutReturn(begun);
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
