/** Each outcome moves the mean by so much. */
const SMOOTHING = 0.1;

/** How long answers take: a moving mean. */
export class RoundTrip {
  /** 0 before the first answer. */
  ms = 0;

  note(tookMs: number): void {
    this.ms += this.ms === 0 ? tookMs : SMOOTHING * (tookMs - this.ms);
  }
}
