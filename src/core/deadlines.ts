import { Cancellation } from './cancellation.ts';
import { MAX_TIMER_MS, setAlarm, type Clock, type Timer } from './clock.ts';

/** A scope that ends at a set time: one object for the bound and for its place in the list. */
export abstract class Deadline extends Cancellation {
  /** It may be set anew while it stands in no list. */
  dueAt: number;
  before: Deadline | undefined = undefined;
  after: Deadline | undefined = undefined;
  /** Its own timer, where none can be shared. */
  alarm: Timer | undefined = undefined;

  constructor(outer: Cancellation | undefined, dueAt: number) {
    super(outer);
    this.dueAt = dueAt;
  }

  override get deadline(): number {
    return Math.min(this.dueAt, super.deadline);
  }

  /** Called when the time is up. */
  abstract pass(): void;
}

/**
 * Deadlines that are all the same distance away, so that the first to come is the first to fall
 * due. All lists of one clock share one timer. Only where a timer ends with the request that set
 * it has each deadline its own ({@link Clock.callsPerTimer}).
 */
export class Deadlines {
  first: Deadline | undefined = undefined;
  /** Whether the alarm clock knows this list. */
  isKnown = false;
  #last: Deadline | undefined = undefined;
  readonly #clock: Clock;
  readonly #alarmClock: AlarmClock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#alarmClock = alarmClockOf(clock);
  }

  /** Calls `deadline.pass()` once its time has come, unless it is removed first. */
  add(deadline: Deadline): void {
    if (this.#clock.callsPerTimer === 'single') {
      deadline.alarm = setAlarm(this.#clock, () => deadline.pass(), deadline.dueAt);
      return;
    }
    deadline.before = this.#last;
    if (this.#last === undefined) this.first = deadline;
    else this.#last.after = deadline;
    this.#last = deadline;
    if (this.first === deadline) this.#alarmClock.watch(this, deadline.dueAt);
  }

  /** Does nothing to a deadline that has passed. */
  remove(deadline: Deadline): void {
    if (deadline.alarm !== undefined) return deadline.alarm.cancel();
    const { before, after } = deadline;
    if (before === undefined && this.first !== deadline) return;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    deadline.before = undefined;
    deadline.after = undefined;
    if (this.first === undefined) this.#alarmClock.forget();
  }
}

/** The one timer of all deadlines of a clock. */
class AlarmClock {
  readonly #clock: Clock;
  // A list that is empty stays until the timer rings: the next call is likely to need it again.
  readonly #lists = new Set<Deadlines>();
  readonly #ring = (): void => this.#passThoseDue();
  #timer: Timer | undefined;
  #ringsAt = Infinity;
  /** How many lists are not empty. */
  #watched = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The first deadline of a list that was empty. */
  watch(list: Deadlines, dueAt: number): void {
    if (this.#watched === 0) this.#timer?.ref?.();
    this.#watched += 1;
    if (!list.isKnown) this.#lists.add(list);
    list.isKnown = true;
    if (dueAt < this.#ringsAt) this.#arm(dueAt);
  }

  /**
   * A list is empty. The timer of an idle clock keeps no process alive: where it can be told so it
   * stays set, since the next call will need it and a new timer costs more than all the rest.
   */
  forget(): void {
    this.#watched -= 1;
    if (this.#watched > 0) return;
    if (this.#timer?.unref === undefined) this.#disarm();
    else this.#timer.unref();
  }

  // A platform timer may be early and cannot be far off; the clock says whether it is time.
  #arm(dueAt: number): void {
    this.#timer?.cancel();
    this.#ringsAt = dueAt;
    const delayMs = Math.max(Math.ceil(dueAt - this.#clock.now()), 0);
    this.#timer = this.#clock.setTimer(this.#ring, Math.min(delayMs, MAX_TIMER_MS));
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#ringsAt = Infinity;
    for (const list of this.#lists) list.isKnown = false;
    this.#lists.clear();
  }

  #passThoseDue(): void {
    this.#timer = undefined;
    this.#ringsAt = Infinity;
    const now = this.#clock.now();
    const due: Deadline[] = [];
    let next = Infinity;
    for (const list of this.#lists) {
      let { first } = list;
      if (first === undefined) {
        this.#lists.delete(list);
        list.isKnown = false;
      }
      while (first !== undefined && first.dueAt <= now) {
        due.push(first);
        list.remove(first);
        ({ first } = list);
      }
      next = Math.min(next, first?.dueAt ?? Infinity);
    }
    if (next < Infinity) this.#arm(next);
    due.sort((one, other) => one.dueAt - other.dueAt);
    // Last: a deadline that passes may lead to a new call, whose own then finds the timer in order.
    for (const deadline of due) deadline.pass();
  }
}

const alarmClocks = new WeakMap<Clock, AlarmClock>();

function alarmClockOf(clock: Clock): AlarmClock {
  let alarmClock = alarmClocks.get(clock);
  if (alarmClock === undefined) alarmClocks.set(clock, (alarmClock = new AlarmClock(clock)));
  return alarmClock;
}
