import { Attempt } from './attempt.ts';
import { UNREAD } from './classification.ts';
import type { Context, HoldsBack, Next, Objection } from './context.ts';
import type { EventListener } from './events.ts';
import { orCancelled } from './or-cancelled.ts';
import { classificationOf } from './read-outcome.ts';

/** Whom a layer tells its events. */
export interface Told {
  /** Told of the end of every attempt too, once, however many layers of a pipeline tell it. */
  readonly onEvent?: EventListener | undefined;
}

/** A stream that is over. It leads to no request, since it may have lived for hours. */
export interface EndedStream {
  readonly key: string;
  readonly route: string;
  /**
   * Stands for the attempt that gave it: of the same kind and number, with the classification of the
   * stream as a whole. One that went well ran until it began, one that failed until it failed.
   */
  readonly record: Attempt;
}

/**
 * Lets attempts in and learns how they left: a limit, a breaker, a budget.
 *
 * @typeParam Pass - what `enter` gives an attempt, to be handed back when it leaves
 */
export interface Gate<Pass = unknown> extends Told {
  /**
   * Lets an attempt in: at once with a pass, or later with the promise of one, and for no longer
   * than `context.cancellation` allows. It refuses by throwing, or with {@link Context.refuse}.
   */
  enter(context: Context): Pass | Attempt | Promise<Pass | Attempt>;
  /**
   * Called for each pass, once, when its attempt has left. The attempt's outcome is classified; the
   * record of `context` has no `startedOn` if nothing was sent.
   */
  left?(pass: Pass, attempt: Attempt, context: Context): void;
  /**
   * Told how a stream went that an attempt has given, when it is over: it came to its end, or it broke
   * off. The attempt itself has left before, as one that had begun a stream.
   */
  streamEnded?(stream: EndedStream): void;
  /** Why an attempt should not be repeated after `waitMs`: this gate would refuse it. */
  readonly objection?: Objection | undefined;
  /**
   * Whether this gate lets so few attempts through now, and lets the others wait, that a repetition
   * makes no more of them: nobody need pay for one.
   */
  readonly holdsBack?: HoldsBack | undefined;
}

/** Runs `next` differently: again, in time, or somewhere else. */
export interface Wrap extends Told {
  wrap(next: Next): (context: Context) => Promise<Attempt>;
  /** Whether it makes one attempt of each that it is asked for, as a timeout does. */
  readonly runsOnce?: true;
}

/** One part of a policy. */
export type Layer = Gate | Wrap;

const isWrap = (layer: Layer): layer is Wrap => 'wrap' in layer;

/** Folds layers, the outermost first, into one function. Gates that stand side by side share a frame. */
export function compile(layers: readonly Layer[], innermost: Next): Next {
  let next = innermost;
  let gates: Gate[] = [];
  const enclose = () => {
    if (gates.length > 0) next = within(gates, next);
    gates = [];
  };
  for (const layer of layers.toReversed()) {
    if (isWrap(layer)) {
      enclose();
      const { objection, holdsBack } = next;
      next = Object.assign(layer.wrap(next), { objection, holdsBack });
    } else {
      gates.unshift(layer);
    }
  }
  enclose();
  return next;
}

/** The frame around gates: all are entered in their order, and left in the opposite one. */
function within(gates: readonly Gate[], next: Next): Next {
  const frame = (context: Context): Promise<Attempt> => {
    const passes = new Array<unknown>(gates.length);
    for (let index = 0; index < gates.length; index += 1) {
      const pass = enter(gates[index] as Gate, context);
      if (pass instanceof Attempt) {
        return Promise.resolve(leave(gates, passes, index, pass, context));
      }
      if (pass instanceof Promise) {
        return enterSlowly(gates, passes, index, pass, context, next);
      }
      passes[index] = pass;
    }
    return next(context).then((attempt) => leave(gates, passes, gates.length, attempt, context));
  };
  return Object.assign(frame, {
    objection: firstObjection(gates, next),
    holdsBack: anyHoldsBack(gates, next),
  });
}

/** Goes on where a gate has made an attempt wait. */
async function enterSlowly(
  gates: readonly Gate[],
  passes: unknown[],
  first: number,
  firstPass: Promise<unknown>,
  context: Context,
  next: Next,
): Promise<Attempt> {
  let pass: unknown = firstPass;
  for (let index = first; ;) {
    const gate = gates[index] as Gate;
    if (pass instanceof Promise) pass = await entered(gate, pass, context);
    if (pass instanceof Attempt) return leave(gates, passes, index, pass, context);
    passes[index] = pass;
    index += 1;
    if (index === gates.length) break;
    pass = enter(gates[index] as Gate, context);
  }
  return leave(gates, passes, gates.length, await next(context), context);
}

/** Tells the first `count` gates how the attempt left, once it is known. */
function leave(
  gates: readonly Gate[],
  passes: readonly unknown[],
  count: number,
  attempt: Attempt,
  context: Context,
): Attempt | Promise<Attempt> {
  if (attempt.classification === undefined) {
    const reading = classificationOf(attempt, context);
    if (reading instanceof Promise) {
      return reading.then(() => leave(gates, passes, count, attempt, context));
    }
  }
  let left = attempt;
  for (let index = count - 1; index >= 0; index -= 1) {
    try {
      gates[index]?.left?.(passes[index], attempt, context);
    } catch (error) {
      // A fault of a gate is shown to the caller; the other gates must be told all the same.
      if (!left.threw) void context.reader?.discard?.(left.value, context.cancellation);
      left = context.refuse(error, UNREAD);
    }
  }
  return left;
}

/** A gate refuses by throwing, too. */
function enter(gate: Gate, context: Context): unknown {
  try {
    return gate.enter(context);
  } catch (error) {
    return refuse(context, error);
  }
}

/** Waits in line, and no longer than the attempt is wanted: a pass that comes later is handed back. */
async function entered(gate: Gate, entering: Promise<unknown>, context: Context): Promise<unknown> {
  const { call, cancellation, record } = context;
  const joinedAt = call.clock.now();
  let pass: unknown;
  try {
    pass = await orCancelled(entering, cancellation);
  } catch (error) {
    return refuse(context, error);
  }
  record.queuedMs += call.clock.now() - joinedAt;
  if (!cancellation?.cancelled) return pass;
  const refused = context.refuseCancelled(cancellation);
  entering.then(
    (late) => {
      if (!(late instanceof Attempt)) gate.left?.(late, refused, context);
    },
    () => {},
  );
  return refused;
}

function refuse(context: Context, error: unknown): Attempt {
  const { cancellation } = context;
  if (cancellation?.cancelled) return context.refuseCancelled(cancellation);
  const { record } = context;
  record.failed(error);
  return record;
}

function firstObjection(gates: readonly Gate[], next: Next): Objection {
  return (context, waitMs) => {
    for (const { objection } of [...gates, next]) {
      const because = objection?.(context, waitMs);
      if (because !== undefined) return because;
    }
    return undefined;
  };
}

function anyHoldsBack(gates: readonly Gate[], next: Next): HoldsBack {
  return (context) => [...gates, next].some(({ holdsBack }) => holdsBack?.(context) === true);
}
