/** Two clocks drift apart by at most so much. */
const DRIFT = 0.0005;
/** So many round trips are remembered, … */
const REMEMBERED = 4;
/** … and none as longer than this: the store may have stood still. */
const LONGEST_ROUND_TRIP_MS = 1000;

/**
 * The time of the store, on this process's monotonic clock. Each answer says between which bounds the
 * difference lies: the store looked at its clock after the question was sent, and before the answer
 * came. So neither wall clock of this machine matters.
 *
 * The lower bound counts. Nobody knows how much of a round trip was the way back: a question may have
 * waited for a connection, or for a store that stood still. So this time is never ahead of the
 * store's, and behind it by the way back of the quickest answer.
 */
export class ServerTime {
  #least = -Infinity;
  #most = Infinity;
  #at = 0;
  readonly #roundTrips: number[] = [];

  /** The shortest of the latest round trips, in milliseconds; 0 before the first. */
  get roundTripMs(): number {
    return this.#roundTrips.length === 0 ? 0 : Math.min(...this.#roundTrips);
  }

  /** How long an answer is likely to be under way, in milliseconds. */
  get wayBackMs(): number {
    return this.roundTripMs / 2;
  }

  /** @param wasReachable - whether the question went out at once: else it may have waited for a connection */
  heard(serverNow: number, sentAt: number, receivedAt: number, wasReachable = true): void {
    const drift = (receivedAt - this.#at) * DRIFT;
    const least = Math.max(this.#least - drift, serverNow - receivedAt);
    const most = Math.min(this.#most + drift, serverNow - sentAt);
    // It has been set, or another server has taken over.
    const isTheSame = least <= most;
    this.#least = isTheSame ? least : serverNow - receivedAt;
    this.#most = isTheSame ? most : serverNow - sentAt;
    this.#at = receivedAt;
    if (wasReachable) {
      this.#roundTrips.push(Math.min(receivedAt - sentAt, LONGEST_ROUND_TRIP_MS));
      if (this.#roundTrips.length > REMEMBERED) this.#roundTrips.shift();
    }
  }

  /** The store's time at a moment of the local clock, or a little less. */
  of(localNow: number): number {
    return localNow + this.#difference;
  }

  /** The store's time at a moment of the local clock, or a little more. */
  latestOf(localNow: number): number {
    return this.of(localNow) + this.roundTripMs;
  }

  /** The moment of the local clock at which it is `serverNow` at the store. */
  localOf(serverNow: number): number {
    return serverNow - this.#difference;
  }

  get #difference(): number {
    return this.#least === -Infinity ? 0 : this.#least;
  }
}
