import type { Classification } from '../../core/classification.ts';
import { scheduleOf, type RetrySchedule, type ScheduleOptions } from '../explain/schedule.ts';

/** The schedules of failures, each kind run once: a log has many codes that are retried alike. */
export class Schedules {
  readonly #known = new Map<string, Promise<RetrySchedule>>();

  /** See {@link scheduleOf}. */
  of(classification: Classification, options: ScheduleOptions): Promise<RetrySchedule> {
    const { errorCode: _code, message: _message, ...rest } = classification;
    // The rule is told in the reason for which retries end.
    const key = JSON.stringify([rest, options]);
    const known = this.#known.get(key) ?? scheduleOf(classification, options);
    this.#known.set(key, known);
    return known;
  }
}
