import type { Attempt } from '../../core/attempt.ts';
import { Cancellation } from '../../core/cancellation.ts';
import { NOT_AT_ONCE, NOT_NEEDED, type Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import type { Context, Next } from '../../core/context.ts';
import { Deadline, type Deadlines } from '../../core/deadlines.ts';
import { emit, type EventListener } from '../../core/events.ts';
import { classificationOf } from '../../core/read-outcome.ts';
import { isHeard } from '../../core/relay.ts';
import type { KeyHedging } from './key-hedging.ts';
import './hedge-events.ts';

/** What the calls of one hedging layer share. */
export interface HedgingLayer {
  readonly next: Next;
  readonly clock: Clock;
  readonly onEvent: EventListener | undefined;
  /** Why the operation must not be run a second time after this. */
  readonly obstacle: (context: Context, classification: Classification) => boolean;
  /** Pays for a second attempt from the budget. */
  readonly spend: (key: string) => boolean;
  readonly refund: (key: string) => void;
}

/** One attempt of the call, and the scope that ends it alone. */
interface Runner {
  readonly context: Context;
  readonly scope: Cancellation;
  left: Attempt | undefined;
  isDiscarded: boolean;
}

/**
 * One call of which two attempts may run at once. It stands itself in the list of deadlines, as the
 * moment at which its first attempt is slow.
 */
export class HedgedCall extends Deadline {
  readonly #layer: HedgingLayer;
  readonly #hedging: KeyHedging;
  readonly #context: Context;
  readonly #deadlines: Deadlines;
  readonly #first: Runner;
  #second: Runner | undefined = undefined;
  /** Whether the moment of a second attempt is still to come. */
  #isWaiting = false;
  #isSettled = false;
  #resolve: (attempt: Attempt) => void = () => {};

  constructor(
    layer: HedgingLayer,
    hedging: KeyHedging,
    context: Context,
    deadlines: Deadlines,
    dueAt: number,
  ) {
    super(undefined, dueAt);
    this.#layer = layer;
    this.#hedging = hedging;
    this.#context = context;
    this.#deadlines = deadlines;
    this.#first = runnerOf(context, context.cancellation);
  }

  run(): Promise<Attempt> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      const { record } = this.#first.context;
      this.#send(this.#first);
      const isTriedOut = record.notes?.circuit === 'half-open';
      if (isTriedOut) this.#hedging.troubled();
      // Where it waits in line, what is slow is our own limit.
      if (!record.isRunning || isTriedOut) return;
      this.#isWaiting = true;
      this.#deadlines.add(this);
    });
  }

  /** The first attempt is slow. */
  pass(): void {
    this.#isWaiting = false;
    this.#hedging.late();
    this.#sendSecond('slow');
  }

  #send(runner: Runner): void {
    void this.#layer.next(runner.context).then((attempt) => {
      const reading = classificationOf(attempt, runner.context);
      if (reading instanceof Promise) {
        void reading.then((classification) => this.#left(runner, attempt, classification));
      } else this.#left(runner, attempt, reading);
    });
  }

  /** Sends the second attempt if there may be one and it is let in at once. */
  #sendSecond(because: 'slow' | 'failed'): boolean {
    const { next, clock, onEvent, spend, refund } = this.#layer;
    const hedging = this.#hedging;
    const { call, cancellation, deadline } = this.#context;
    const now = clock.now();
    if (cancellation?.cancelled || now >= deadline) return false;
    const second = runnerOf(this.#context.another(), cancellation);
    const { record } = second.context;
    const isRefused = next.objection?.(second.context, 0) !== undefined || !hedging.take();
    if (isRefused || !spend(call.key)) {
      if (!isRefused) hedging.giveBack();
      second.scope.leave();
      return false;
    }
    this.#second = second;
    this.#send(second);
    if (record.startedOn === undefined) {
      this.#second = undefined;
      second.scope.cancel(new DOMException(NOT_AT_ONCE.rule, 'AbortError'), NOT_AT_ONCE);
      second.scope.leave();
      hedging.giveBack();
      refund(call.key);
      return false;
    }
    const first = this.#first.context.record;
    first.note({ hedged: 'first' });
    record.note({ hedged: 'second' });
    if (isHeard(onEvent)) {
      const afterMs = record.startedOn - (first.startedOn ?? record.startedOn);
      const told = { ...this.#context.identity, attempt: record.number, afterMs, because };
      emit(onEvent, { type: 'hedged', by: 'hedge', ...told });
    }
    return true;
  }

  /** An attempt has left, and is read. */
  #left(runner: Runner, attempt: Attempt, classification: Classification): void {
    const isFirst = runner === this.#first;
    if (!isFirst && runner !== this.#second) return discard(runner, attempt);
    runner.left = attempt;
    if (isFirst) learn(this.#hedging, attempt, classification, runner, this.#isWaiting);
    if (this.#isSettled) return discard(runner, attempt);
    const { category } = classification;
    const other = isFirst ? this.#second : this.#first;
    if (category === 'success' || category === 'fatal') return this.#settle(runner, other);
    this.#hedging.failed(classification);
    if (other === undefined) {
      if (!this.#isWorthASecond(classification) || !this.#sendSecond('failed')) {
        return this.#settle(runner, other);
      }
      this.#stopWaiting();
      return discard(runner, attempt);
    }
    // The other one may do better.
    if (other.left === undefined) return;
    // A throttle tells a retry outside how long to wait.
    const isOtherTold = other.left.classification?.category === 'throttle';
    if (isOtherTold) this.#settle(other, runner);
    else this.#settle(runner, other);
  }

  /** Whether a first attempt that failed before it was slow is worth a second one at once. */
  #isWorthASecond(classification: Classification): boolean {
    const { category, decidedBy, retryAfterMs } = classification;
    return (
      this.#isWaiting &&
      category === 'retryable' &&
      decidedBy !== 'policy' &&
      // The server has said when: that is for a retry to wait for.
      !retryAfterMs &&
      !this.#layer.obstacle(this.#context, classification)
    );
  }

  #settle(winner: Runner, loser: Runner | undefined): void {
    this.#isSettled = true;
    this.#stopWaiting();
    if (loser !== undefined) {
      this.#hedging.hedged(winner === this.#second);
      if (loser.left !== undefined) discard(loser, loser.left);
      else loser.scope.cancel(new DOMException(NOT_NEEDED.rule, 'AbortError'), NOT_NEEDED);
      loser.scope.leave();
    }
    winner.scope.leave();
    this.#resolve(winner.left as Attempt);
  }

  #stopWaiting(): void {
    if (this.#isWaiting) this.#deadlines.remove(this);
    this.#isWaiting = false;
  }
}

function runnerOf(context: Context, outer: Cancellation | undefined): Runner {
  const scope = new Cancellation(outer);
  return { context: context.within(scope), scope, left: undefined, isDiscarded: false };
}

/** Frees what an attempt holds whose value nobody will get. */
function discard(runner: Runner, attempt: Attempt): void {
  const { context, isDiscarded } = runner;
  runner.isDiscarded = true;
  if (!attempt.threw && !isDiscarded) void context.reader?.discard?.(attempt.value, undefined);
}

/** What the first attempt of a call tells of how long attempts take. */
export function learn(
  hedging: KeyHedging,
  { ranMs }: Attempt,
  { category, decidedBy, status }: Classification,
  { scope }: { readonly scope: Pick<Cancellation, 'cancelled'> | undefined },
  isBeforeDelay: boolean,
): void {
  if (category === 'success') return hedging.took(ranMs, isBeforeDelay);
  // Cut short by the other attempt, by a timeout or by the caller; or lost, as a server that hangs is.
  const isCensored = scope?.cancelled || (decidedBy === 'network' && status === undefined);
  if (isCensored && ranMs > 0) hedging.tookLongerThan(ranMs);
}
