import type { Timer } from '../../core/clock.ts';

/** Something that happens in a world at a set moment. */
export interface ScheduledEvent extends Timer {
  /** When, in virtual milliseconds. */
  readonly at: number;
  /** What happens then. */
  readonly happen: () => void;
}

/**
 * Events in order of their time, and at equal times in the order in which they were added: a binary
 * heap, so that a thousand timers cost no more than ten each.
 */
export class EventQueue {
  readonly #heap: QueuedEvent[] = [];
  #added = 0;

  /** How many events are to come. */
  get size(): number {
    return this.#heap.length;
  }

  /** When the next event is due; `Infinity` where there is none. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  add(at: number, happen: () => void): ScheduledEvent {
    const event = new QueuedEvent(this, at, this.#added, happen);
    this.#added += 1;
    this.#heap.push(event);
    this.#rise(event, this.#heap.length - 1);
    return event;
  }

  /** Takes the next event out; `undefined` where there is none. */
  take(): ScheduledEvent | undefined {
    const first = this.#heap[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Does nothing to an event that is not waiting any more. */
  remove(event: QueuedEvent): void {
    const { place } = event;
    if (place < 0) return;
    event.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === event) return;
    this.#rise(last, place);
    this.#sink(last, last.place);
  }

  #rise(event: QueuedEvent, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as QueuedEvent;
      if (!event.isBefore(parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = event;
    event.place = place;
  }

  #sink(event: QueuedEvent, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      let child = heap[below];
      if (child === undefined) break;
      const right = heap[below + 1];
      if (right?.isBefore(child)) {
        child = right;
        below += 1;
      }
      if (!child.isBefore(event)) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = event;
    event.place = place;
  }
}

class QueuedEvent implements ScheduledEvent {
  readonly at: number;
  readonly happen: () => void;
  /** Where it stands in the heap; −1 once it is out. */
  place = -1;
  readonly #queue: EventQueue;
  readonly #number: number;

  constructor(queue: EventQueue, at: number, number: number, happen: () => void) {
    this.#queue = queue;
    this.at = at;
    this.#number = number;
    this.happen = happen;
  }

  isBefore(other: QueuedEvent): boolean {
    return this.at < other.at || (this.at === other.at && this.#number < other.#number);
  }

  cancel(): void {
    this.#queue.remove(this);
  }
}
