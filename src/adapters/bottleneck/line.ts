import type Bottleneck from 'bottleneck';
import type { Context } from '../../core/context.ts';
import { WaitQueue } from '../../core/wait-queue.ts';

/** Frees the slot; further calls do nothing. */
export type GiveBack = () => void;

/** How a slot is asked for. Only slots that are asked for alike can stand in for each other. */
export interface SlotOptions {
  readonly expirationMs: number;
  readonly weight: number;
}

/** A call that waits for a slot. */
interface Waiter {
  readonly place: number;
  /** The request that stands in Bottleneck for it. */
  request: SlotRequest;
  give(giveBack: GiveBack): void;
  refuse(reason: unknown): void;
}

/** A job in Bottleneck's line. It may outlive the call that it was made for. */
class SlotRequest {
  /** Bottleneck's priority: 0 goes first. */
  readonly place: number;
  readonly line: Line;
  waiter: Waiter | undefined = undefined;
  /** Bottleneck has granted or refused it. */
  isOver = false;

  constructor(line: Line, place: number) {
    this.line = line;
    this.place = place;
  }
}

const lines = new WeakMap<Bottleneck, Map<string, Line>>();

/** The line of those who ask one limiter for slots of the same kind, whichever adapter they came by. */
export function lineOf(limiter: Bottleneck, slot: SlotOptions): Line {
  let ofLimiter = lines.get(limiter);
  if (ofLimiter === undefined) {
    lines.set(limiter, (ofLimiter = new Map()));
    listenTo(limiter);
  }
  const kind = `${slot.weight}/${slot.expirationMs}`;
  let line = ofLimiter.get(kind);
  if (line === undefined) ofLimiter.set(kind, (line = new Line(limiter, slot)));
  return line;
}

function listenTo(limiter: Bottleneck): void {
  // Without a listener Bottleneck throws its errors out of a timer.
  limiter.on('error', () => {});
  // A limiter with `rejectOnDrop: false` never settles a job that it drops.
  limiter.on('dropped', ({ args }: Bottleneck.EventInfoDropped) => {
    const [request] = args as readonly unknown[];
    if (!(request instanceof SlotRequest)) return;
    request.line.refused(request, new Error('Bottleneck dropped it: its line is full'));
  });
}

/**
 * Those who wait for a slot of one limiter. Bottleneck cannot take a job out of its line, and it
 * plans the start of each long before. So a slot goes to the call that is first when it is granted,
 * and a call that leaves hands its request on to the next that comes: it uses no rate.
 */
export class Line {
  readonly #limiter: Bottleneck;
  readonly #slot: SlotOptions;
  readonly #waiters = new WaitQueue<Waiter>();
  /** Requests whose call has left, the oldest first. */
  readonly #ownerless = new Set<SlotRequest>();
  // Another adapter, or another copy of holdfast, may ask the same limiter.
  readonly #idPrefix = `holdfast-${Math.random().toString(36).slice(2)}`;
  #asked = 0;

  constructor(limiter: Bottleneck, slot: SlotOptions) {
    this.#limiter = limiter;
    this.#slot = slot;
  }

  /** Waits for a slot; rejects if the call is cancelled first or Bottleneck refuses. */
  slot({ cancellation, priority }: Context): Promise<GiveBack> {
    return new Promise<GiveBack>((resolve, reject) => {
      if (cancellation?.cancelled) return reject(cancellation.reason);
      const place = Math.min(Math.max(DEFAULT_PLACE - Math.trunc(priority), 0), LAST_PLACE);
      const taken = this.#takeOver(place);
      const waiter: Waiter = {
        place,
        request: taken ?? new SlotRequest(this, place),
        give(giveBack) {
          forget?.();
          resolve(giveBack);
        },
        refuse(reason) {
          forget?.();
          reject(reason);
        },
      };
      waiter.request.waiter = waiter;
      this.#waiters.join(waiter, priority);
      const forget = cancellation?.onCancel((reason) => {
        this.#waiters.leave(waiter);
        this.#abandon(waiter.request);
        reject(reason);
      });
      if (taken === undefined) this.#ask(waiter.request);
    });
  }

  /** Bottleneck will not grant this request: its call moves to another one, or is refused. */
  refused(request: SlotRequest, reason: unknown): void {
    if (request.isOver) return;
    request.isOver = true;
    this.#ownerless.delete(request);
    const { waiter } = request;
    if (waiter === undefined) return;
    const other = this.#takeOver(waiter.place);
    if (other !== undefined) return own(other, waiter);
    this.#waiters.leave(waiter);
    waiter.refuse(reason);
  }

  #ask(request: SlotRequest): void {
    const { expirationMs: expiration, weight } = this.#slot;
    const id = `${this.#idPrefix}-${(this.#asked += 1)}`;
    this.#limiter
      .schedule(
        { id, priority: request.place, weight, expiration },
        (granted: SlotRequest) => this.#granted(granted),
        request,
      )
      // Once the slot is held only its expiration can reject, and the attempt runs on without it.
      .catch((error: unknown) => this.refused(request, error));
  }

  /** The slot's job: it lasts until the slot is given back. */
  #granted(request: SlotRequest): PromiseLike<void> {
    // A listener to `failed` can make Bottleneck run a job again.
    if (request.isOver) return Promise.resolve();
    request.isOver = true;
    this.#ownerless.delete(request);
    const first = this.#waiters.shift();
    if (first === undefined) return this.#returnUnused();
    if (first.request !== request) {
      if (request.waiter === undefined) this.#abandon(first.request);
      else own(first.request, request.waiter);
    }
    return new Promise<void>((giveBack) => first.give(giveBack));
  }

  #abandon(request: SlotRequest): void {
    request.waiter = undefined;
    this.#ownerless.add(request);
  }

  /** An ownerless request that stands no worse than a new one at this place would. */
  #takeOver(place: number): SlotRequest | undefined {
    for (const request of this.#ownerless) {
      if (request.place > place) continue;
      this.#ownerless.delete(request);
      return request;
    }
    return undefined;
  }

  /** Nobody sends anything with this slot, so a reservoir gets back what it gave for it. */
  async #returnUnused(): Promise<void> {
    try {
      const reservoir = await this.#limiter.currentReservoir();
      if (reservoir !== null) await this.#limiter.incrementReservoir(this.#slot.weight);
    } catch {
      // The limiter has been disconnected.
    }
  }
}

function own(request: SlotRequest, waiter: Waiter): void {
  request.waiter = waiter;
  waiter.request = request;
}

/** Bottleneck counts the other way round: 0 goes first, 9 last, 5 is usual. */
const DEFAULT_PLACE = 5;
const LAST_PLACE = 9;
