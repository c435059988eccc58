/**
 * Who goes first where calls wait in line: higher numbers go before lower ones. The words stand for
 * numbers: `'critical'` is 10, `'normal'` is 0, `'batch'` is −10.
 */
export type Priority = number | 'critical' | 'normal' | 'batch';

const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['critical', 10],
  ['normal', 0],
  ['batch', -10],
]);

/** Whether a value is one of the words. */
export const isPriorityWord = (value: unknown): boolean => NUMBERS.has(value);

/** A priority as a number. Whatever else comes is `'normal'`: it would put a whole line out of order. */
export const priorityNumber = (priority: Priority | undefined): number =>
  Number(NUMBERS.get(priority) ?? priority) || 0;
