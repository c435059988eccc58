import type { ShouldOpen } from './failure-ratio.ts';

/** Counts the ratio by itself, as opossum does and without its size. */
export const shouldOpen: ShouldOpen = ({ opensAbovePercent, minimumCalls }, outcomes, failures) => {
  const seen = sum(outcomes);
  return seen >= minimumCalls && (sum(failures) / seen) * 100 > opensAbovePercent;
};

const sum = (slices: readonly number[]): number =>
  slices.reduce((total, count) => total + count, 0);
