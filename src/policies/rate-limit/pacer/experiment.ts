/** First tries: how many were accepted and how many throttled. */
class Share {
  accepted = 0;
  throttled = 0;

  get total(): number {
    return this.accepted + this.throttled;
  }

  /** The share that is accepted. Half a call is added to each side, so that few prove little. */
  get ratio(): number {
    return (this.accepted + 1 / 2) / (this.total + 1);
  }

  note(isAccepted: boolean): void {
    if (isAccepted) this.accepted += 1;
    else this.throttled += 1;
  }
}

/** So many first tries, … */
const FEWEST_TRIES = 12;
/** … and so many throttles among them, ask for an experiment. */
const FEWEST_THROTTLES = 3;
/** So many accepted in a row of onsets answer it without one. */
const ANSWERED_AFTER = 36;
/** The pace is lowered to so much of what it was, … */
const LOWERED_TO = 0.6;
/** … or to so much, where fewer than three in four were accepted. */
const LOWERED_FAR_TO = 0.25;
const FEW_ACCEPTED = 0.75;
/** So many throttles are awaited on the lower pace, if it changes nothing, … */
const EXPECTED_THROTTLES = 3;
/** … but no more than so many first tries. */
const MOST_TRIES = 60;
/**
 * Throttles are not about the rate only if so many are accepted in spite of them. With other clients
 * on the same limit a slower pace of one's own changes little, too.
 */
const MOSTLY_ACCEPTED = 0.9;
/** If a still slower pace changes nothing again, fewer will do. */
const OFTEN_ACCEPTED = 0.75;

/** What an experiment has shown. */
export type Finding =
  /** A slower pace changes nothing: the throttles are not about it. */
  | { readonly kind: 'unrelated'; readonly throttlesPerAccepted: number }
  /** A slower pace is accepted. */
  | { readonly kind: 'limit'; readonly acceptedPerSecond: number }
  /** A slower pace is better, and still too fast. */
  | { readonly kind: 'still-too-fast'; readonly next: Experiment };

/**
 * Finds out whether throttles are about the rate: is a larger share accepted at a lower one? What
 * is throttled by chance, or for a hot partition, is not worth any slowing down.
 */
export class Experiment {
  readonly #ratePerSecond: number;
  readonly #before: Share;
  #during: Share | undefined;
  #loweredTo = 1;
  #tries = 0;
  #countsFrom = 0;
  #hasAccepted = false;
  /** Whether an experiment before this one, at a faster pace, has changed nothing. */
  readonly #isRepeated: boolean;

  /** @param ratePerSecond - the rate of the first tries that come first */
  constructor(ratePerSecond: number, before = new Share(), isRepeated = false) {
    this.#ratePerSecond = ratePerSecond;
    this.#before = before;
    this.#isRepeated = isRepeated;
  }

  /** Whether the lower pace is on. */
  get isOn(): boolean {
    return this.#during !== undefined;
  }

  /** Whether throttles are so many that it should be made. */
  get isDue(): boolean {
    const { throttled, total } = this.#before;
    return !this.isOn && throttled >= FEWEST_THROTTLES && total >= FEWEST_TRIES;
  }

  /** The same, once the rate is known: as many a second were tried as were accepted and throttled. */
  at(acceptedPerSecond: number): Experiment {
    const { total, accepted } = this.#before;
    const tried = (acceptedPerSecond * total) / Math.max(accepted, 1);
    return new Experiment(Math.max(acceptedPerSecond, tried), this.#before);
  }

  /** Whether so many were accepted since the last onset that there is nothing to find out. */
  isAnswered(acceptedSinceOnset: number): boolean {
    return !this.isOn && acceptedSinceOnset >= ANSWERED_AFTER;
  }

  /**
   * Begins it. What is on its way does not count yet.
   *
   * @returns the lower rate, per second
   */
  begin(now: number, roundTripMs: number): number {
    const { ratio } = this.#before;
    this.#during = new Share();
    this.#loweredTo = ratio < FEW_ACCEPTED ? LOWERED_FAR_TO : LOWERED_TO;
    this.#tries = Math.min(MOST_TRIES, Math.max(FEWEST_TRIES, EXPECTED_THROTTLES / (1 - ratio)));
    this.#countsFrom = now + roundTripMs;
    return this.#ratePerSecond * this.#loweredTo;
  }

  /** Counts a first try. */
  note(isAccepted: boolean, startedOn: number): void {
    if (this.#during === undefined) return this.#before.note(isAccepted);
    if (startedOn < this.#countsFrom) return;
    // What is throttled while the server recovers from the faster pace says nothing of this one.
    this.#hasAccepted ||= isAccepted;
    if (this.#hasAccepted) this.#during.note(isAccepted);
  }

  /** What it has shown; `undefined` as long as it has not. */
  get finding(): Finding | undefined {
    const during = this.#during;
    if (during === undefined || during.total < this.#tries) return undefined;
    const { ratio } = during;
    const before = this.#before.ratio;
    const ifLimited = Math.min(1, before / this.#loweredTo);
    if (during.throttled < 2) {
      const accepted = before * this.#ratePerSecond;
      return { kind: 'limit', acceptedPerSecond: accepted };
    }
    const changedNothing = ratio < (before + ifLimited) / 2;
    if (changedNothing && ratio >= (this.#isRepeated ? OFTEN_ACCEPTED : MOSTLY_ACCEPTED)) {
      return { kind: 'unrelated', throttlesPerAccepted: (1 - ratio) / ratio };
    }
    const next = new Experiment(this.#ratePerSecond * this.#loweredTo, during, changedNothing);
    return { kind: 'still-too-fast', next };
  }
}
