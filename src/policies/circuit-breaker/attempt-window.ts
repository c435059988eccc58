/** What a slow answer adds: without it a latency that has changed for good would never open the window. */
const CREEP = 0.05;
/** So many answers while nobody waited end it, quick or not. */
const CALM_ANSWERS = 20;

/**
 * How many attempts may be in flight while a circuit is half-open. It grows by one for each quick
 * answer; by one for each round of them once it has been cut.
 */
export class AttemptWindow {
  readonly kind = 'half-open';
  size: number;
  /** Failures of attempts from before the last cut are of the same event: they cut no second time. */
  cutAt: number;
  #isSteep = true;
  #answersUnheld = 0;

  constructor(size: number, cutAt: number) {
    this.size = size;
    this.cutAt = cutAt;
  }

  /** Whether a further attempt fits beside so many in flight. */
  hasRoom(inFlight: number): boolean {
    return inFlight + 1 <= this.size;
  }

  answered(isQuick: boolean): void {
    if (!isQuick) this.size += CREEP;
    else this.size += this.#isSteep ? 1 : Math.max(CREEP, 1 / this.size);
    this.#answersUnheld += 1;
  }

  /** Somebody has to wait. */
  held(): void {
    this.#answersUnheld = 0;
  }

  /** Whether so few attempts in flight, and an answer that came while nobody waited, show that there is room for all. */
  isAmple(inFlight: number, isQuick: boolean): boolean {
    return (isQuick || this.#answersUnheld >= CALM_ANSWERS) && inFlight < this.size / 2;
  }

  /** @returns whether anything is left of it */
  cut(now: number): boolean {
    this.cutAt = now;
    this.#isSteep = false;
    this.size /= 2;
    return this.size >= 1;
  }
}
