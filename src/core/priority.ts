/**
 * Who goes first where calls wait in line: higher numbers go before lower ones. The words stand for
 * numbers: `'critical'` is 10, `'normal'` is 0, `'batch'` is −10.
 */
export type Priority = number | 'critical' | 'normal' | 'batch';

const NUMBERS: Readonly<Record<string, number>> = { critical: 10, normal: 0, batch: -10 };

/** The words for a priority. */
export const PRIORITY_WORDS: readonly string[] = Object.keys(NUMBERS);

/** A priority as a number. What is neither a number nor one of the words is `'normal'`: it would put a whole line out of order. */
export function priorityNumber(priority: Priority | undefined): number {
  if (typeof priority === 'string' && Object.hasOwn(NUMBERS, priority)) {
    return NUMBERS[priority] as number;
  }
  return typeof priority === 'number' ? priority || 0 : 0;
}
