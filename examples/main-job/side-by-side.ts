import { wrap } from './wrapping.ts';

const BETWEEN = ' │ ';
/** In a narrower window two columns would tear words apart. */
export const LEAST_FOR_TWO = 80;

/** Texts in two columns, the left one beside the right one; each text begins on a line of its own. */
export function sideBySide(
  left: readonly string[],
  right: readonly string[],
  width: number,
): readonly string[] {
  const leftWidth = Math.floor((width - BETWEEN.length) / 2);
  const rightWidth = width - BETWEEN.length - leftWidth;
  const lefts = left.flatMap((text) => wrap(text, leftWidth));
  const rights = right.flatMap((text) => wrap(text, rightWidth));
  return Array.from({ length: Math.max(lefts.length, rights.length) }, (_none, index) =>
    `${(lefts[index] ?? '').padEnd(leftWidth)}${BETWEEN}${rights[index] ?? ''}`.trimEnd(),
  );
}
