/**
 * Breaks a text into lines between words. A word that is longer than a line stands on one of its
 * own, and is cut nowhere: it may be copied from there.
 *
 * @param width - the most characters of a line
 */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** A name, and beside it a text in lines of its own column; below the name where it is too long. */
export function besides(
  name: string,
  text: string,
  { indent, column, width }: { indent: number; column: number; width: number },
): readonly string[] {
  const space = ' '.repeat(indent);
  const lines = wrapped(text, Math.max(width - column, 20));
  const fits = indent + name.length + 1 < column;
  const first = fits ? `${space}${name}`.padEnd(column) + (lines[0] ?? '') : `${space}${name}`;
  return [first.trimEnd(), ...lines.slice(fits ? 1 : 0).map((line) => ' '.repeat(column) + line)];
}
