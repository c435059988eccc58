import type { CreateFailureRatio } from './failure-ratio.ts';

/** Counts the ratio by itself, as opossum does and without its size. */
export const createFailureRatio: CreateFailureRatio = (settings, before, failedBefore) => {
  const { opensAbovePercent, minimumCalls } = settings;
  const outcomes = [...before];
  const failures = [...failedBefore];
  return {
    succeeded: () => addOne(outcomes),
    failed() {
      addOne(outcomes);
      addOne(failures);
      const seen = sum(outcomes);
      return seen >= minimumCalls && (sum(failures) / seen) * 100 > opensAbovePercent;
    },
    turn() {
      for (const slices of [outcomes, failures]) {
        slices.pop();
        slices.unshift(0);
      }
    },
    dispose: () => {},
  };
};

function addOne(slices: number[]): void {
  slices[0] = (slices[0] ?? 0) + 1;
}

const sum = (slices: readonly number[]): number =>
  slices.reduce((total, count) => total + count, 0);
