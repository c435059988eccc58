// Eight errors in a row are too many, or three time-outs, which cost the server the work as well.
// Where fewer than 73 % fail by chance (33 to 50 % by time-outs) the sum does not grow.
const ERROR = 3;
const TIME_OUT = 8;
const QUICK_ANSWER = 8;
const SLOW_ANSWER = 4;
const TOO_MUCH = 24;

/** So many errors in a row end a half-open time: each that is refused at once would burn a call. */
const ERRORS_IN_A_ROW = 12;
/** Losses so close to a quick answer, in milliseconds, are no queue, … */
const AMID_ANSWERS_MS = 1000;
/** … or so much of the attempt time-out, where that is shorter. */
const AMID_ANSWERS_SHARE = 1 / 4;

/** What speaks against a server, in points; answers take points back. */
export class Evidence {
  readonly #amidMs: number;
  #points = 0;
  #errorsInARow = 0;
  #answeredAt = -Infinity;
  #quicklyAt = -Infinity;

  /** @param timeoutMs - when an attempt is given up; `Infinity` where it is not known */
  constructor(timeoutMs: number) {
    this.#amidMs = Math.min(AMID_ANSWERS_MS, AMID_ANSWERS_SHARE * timeoutMs);
  }

  /** Whether it is enough to hold attempts back. */
  get isTooMuch(): boolean {
    return this.#points >= TOO_MUCH;
  }

  /** Whether errors in a row alone are enough: attempts are refused, and do not time out. */
  get isRefusing(): boolean {
    return this.#errorsInARow * ERROR >= TOO_MUCH;
  }

  /** Whether so many errors have come in a row that no further call should be burnt. */
  get isHopeless(): boolean {
    return this.#errorsInARow >= ERRORS_IN_A_ROW;
  }

  /** When the last answer came, on the clock's scale. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** Whether losses now come amid quick answers. */
  isAmidAnswers(now: number): boolean {
    return now - this.#quicklyAt < this.#amidMs;
  }

  /** @param wasOverdue - whether the attempt has counted as a time-out that it was not */
  answered(isQuick: boolean, wasOverdue: boolean, now: number): void {
    this.#errorsInARow = 0;
    this.#answeredAt = now;
    if (isQuick) this.#quicklyAt = now;
    if (this.#points === 0) return;
    const less = (isQuick ? QUICK_ANSWER : SLOW_ANSWER) + (wasOverdue ? TIME_OUT : 0);
    this.#points = Math.max(this.#points - less, 0);
  }

  /** @param isCounted - whether it has counted as a time-out already, while it was overdue */
  failed(isTimeOut: boolean, isCounted: boolean): void {
    this.#errorsInARow = isTimeOut ? 0 : this.#errorsInARow + 1;
    if (!isCounted) this.#points += isTimeOut ? TIME_OUT : ERROR;
  }

  /** So many attempts are overdue. */
  overdue(count: number): void {
    this.#points += TIME_OUT * count;
  }

  /** The points have led to something. */
  startAnew(): void {
    this.#points = 0;
  }

  /** Nothing is known any more but when answers came. */
  forget(): void {
    this.#points = 0;
    this.#errorsInARow = 0;
  }

  /**
   * Begins as what speaks against one route of a key.
   *
   * @param failures - how many of its first tries have failed in a row if nothing of it is known to
   * have passed, else 0
   */
  inherit(key: Evidence, failures: number): void {
    if (failures === 0) {
      this.#answeredAt = key.#answeredAt;
      this.#quicklyAt = key.#quicklyAt;
    }
    this.#points = Math.min(failures * ERROR, TOO_MUCH - 1);
    this.#errorsInARow = failures;
  }
}
