import type { CallRecord } from './call-record.ts';
import { isAnswered, type InTime } from './measures.ts';

/** When a fleet counts as recovered. */
export interface RecoveryOptions extends InTime {
  /** When the trigger began, in virtual milliseconds: recovery counts from here. */
  readonly fromMs: number;
  /** The end of the calls that are looked at: late enough that they have all ended. */
  readonly untilMs: number;
  /**
   * The share of calls in a second that must be answered.
   * @defaultValue 0.95
   */
  readonly share?: number;
}

const STEP_MS = 100;
const STEPS_PER_WINDOW = 10;
/** Trouble so close to the end may go on after it. */
const CLOSE_TO_THE_END = 50;

/**
 * How long after the trigger's start every second of calls is answered again, in milliseconds: up to
 * the last tenth of a second that lost calls in a window of a second with too few answers.
 *
 * @returns `Infinity` where that does not come before the end, 0 where there was no such window
 *
 * @example
 * const recovers = recoveryMs(fleet.calls, { fromMs: 30_000, untilMs: 120_000 });
 */
export function recoveryMs(calls: readonly CallRecord[], options: RecoveryOptions): number {
  const { fromMs, untilMs, share = 0.95 } = options;
  const stepCount = Math.floor((untilMs - fromMs) / STEP_MS);
  const begun = new Float64Array(stepCount);
  const answered = new Float64Array(stepCount);
  for (const call of calls) {
    const step = Math.floor((call.startedAt - fromMs) / STEP_MS);
    if (step < 0 || step >= stepCount) continue;
    begun[step] = (begun[step] ?? 0) + 1;
    if (isAnswered(call, options)) answered[step] = (answered[step] ?? 0) + 1;
  }

  let stepsInTrouble = 0;
  let begunInWindow = 0;
  let answeredInWindow = 0;
  for (let step = 0; step < stepCount; step += 1) {
    const leaving = step - STEPS_PER_WINDOW;
    const [begunNow = 0, answeredNow = 0] = [begun[step], answered[step]];
    begunInWindow += begunNow - (begun[leaving] ?? 0);
    answeredInWindow += answeredNow - (answered[leaving] ?? 0);
    const losesCalls = answeredNow < begunNow;
    if (losesCalls && answeredInWindow < share * begunInWindow) stepsInTrouble = step + 1;
  }
  return stepsInTrouble > stepCount - CLOSE_TO_THE_END ? Infinity : stepsInTrouble * STEP_MS;
}
