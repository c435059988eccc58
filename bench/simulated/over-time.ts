import type { CallRecord } from 'holdfast/simulator';

/**
 * The answers a second of a run, up to a number of seconds.
 *
 * @param stepSeconds - over how many seconds each value is the mean
 */
export function answersOverTime(
  calls: readonly CallRecord[],
  seconds: number,
  stepSeconds: number,
): readonly number[] {
  const answers = new Array<number>(Math.ceil(seconds / stepSeconds)).fill(0);
  for (const { answered, endedAt = Infinity } of calls) {
    const step = Math.floor(endedAt / (1_000 * stepSeconds));
    if (answered && step < answers.length) {
      answers[step] = (answers[step] ?? 0) + 1 / stepSeconds;
    }
  }
  return answers;
}
