/** A second hint proves something only this much later, in milliseconds. */
const APART_MS = 2000;
/** Two hints point at the same end if they differ by no more than this, … */
const OFF_BY_MS = 1000;
/** … and this share of the time between them: `Retry-After` is rounded, and answers take time. */
const OFF_BY_SHARE = 0.05;

/**
 * Whether a server's hints count down to one moment. A constant, a wrong unit or an epoch never
 * does, so such a hint binds nobody but the call that got it.
 */
export class Countdown {
  #endsAt: number | undefined;
  #seenOn = -Infinity;
  #isTrusted = false;

  /** The moment at which the server says that it accepts again; `undefined` as long as only one hint says so. */
  get endsAt(): number | undefined {
    return this.#isTrusted ? this.#endsAt : undefined;
  }

  /** A throttle came with a hint. */
  heard(now: number, hintMs: number): void {
    const endsAt = now + hintMs;
    const apartMs = now - this.#seenOn;
    if (apartMs < APART_MS) return;
    this.#isTrusted =
      this.#endsAt !== undefined &&
      Math.abs(endsAt - this.#endsAt) <= OFF_BY_MS + OFF_BY_SHARE * apartMs;
    if (this.#isTrusted) return;
    this.#endsAt = endsAt;
    this.#seenOn = now;
  }
}
