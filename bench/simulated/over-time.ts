import type { CallRecord } from 'holdfast/simulator';

/** How many answers came in each second of a run, up to a number of seconds. */
export function answersBySecond(calls: readonly CallRecord[], seconds: number): readonly number[] {
  const answers = new Array<number>(seconds).fill(0);
  for (const { answered, endedAt = Infinity } of calls) {
    const second = Math.floor(endedAt / 1_000);
    if (answered && second < seconds) answers[second] = (answers[second] ?? 0) + 1;
  }
  return answers;
}
