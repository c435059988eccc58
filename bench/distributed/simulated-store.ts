import { sleep, type Clock } from '../../src/core/clock.ts';
import { readSlots, writeSlots, type Slots } from '../../src/adapters/redis/slots.ts';

const ROUND_TRIP_MS = 1;
/** Nobody's wall clock. */
const BEGINNING = 1_700_000_000_000;
const MOST_HOLES = 32;

/**
 * A store in virtual time that gives out slots by the rules of the script, in the same order, without
 * its learning mode and its stops: nothing goes wrong here.
 */
export class SimulatedStore {
  readonly #clock: Clock;
  readonly #members = new Set<string>();
  #holes: Slots[] = [];
  #nextSlot = BEGINNING;
  questions = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly send = async ([, , , , ...words]: readonly string[]): Promise<unknown> => {
    await sleep(this.#clock, ROUND_TRIP_MS / 2);
    const answer = this.#answer(words);
    await sleep(this.#clock, ROUND_TRIP_MS / 2);
    return answer;
  };

  #answer(words: readonly string[]): unknown {
    this.questions += 1;
    const [id = '', , ...rest] = words;
    const [interval = 1, valid = 0, spare = 0, needed = 0, ahead = 0, delay = 0] = rest.map(Number);
    this.#members.add(id);
    const now = BEGINNING + this.#clock.now();
    this.#holes.push(...readSlots(words[12] ?? ''));
    const given: Slots[] = [];
    this.#take(given, needed, now + delay + spare - valid, { now, valid, interval });
    this.#take(given, ahead, now + delay, { now, valid, interval });
    this.#holes = this.#holes.slice(-MOST_HOLES);
    return [`${now}`, this.#members.size, '1', writeSlots(given), '0'];
  }

  /** Gives the slots that come first, none of them before the earliest. */
  #take(
    given: Slots[],
    count: number,
    earliest: number,
    { now, valid, interval }: { now: number; valid: number; interval: number },
  ): void {
    let missing = count;
    const between = (least: number, value: number, most: number) =>
      Math.min(Math.max(value, least), most);
    this.#holes = this.#holes.flatMap(({ start, count: free, spacing }) => {
      const gone = between(0, Math.ceil((now - valid - start) / spacing), free);
      const from = start + gone * spacing;
      const left = free - gone;
      const skipped = between(0, Math.ceil((earliest - from) / spacing), left);
      const taken = Math.min(left - skipped, missing);
      if (taken <= 0) return left > 0 ? [{ start: from, count: left, spacing }] : [];
      given.push({ start: from + skipped * spacing, count: taken, spacing });
      missing -= taken;
      const after = { start: from + (skipped + taken) * spacing, count: left - skipped - taken };
      return [
        { start: from, count: skipped, spacing },
        { ...after, spacing },
      ].filter((hole) => hole.count > 0);
    });
    if (missing <= 0) return;
    const start = Math.max(this.#nextSlot, earliest);
    const first = Math.max(this.#nextSlot, now - valid);
    const skipped = Math.floor((start - first) / interval);
    if (skipped > 0) this.#holes.push({ start: first, count: skipped, spacing: interval });
    given.push({ start, count: missing, spacing: interval });
    this.#nextSlot = start + missing * interval;
  }
}
