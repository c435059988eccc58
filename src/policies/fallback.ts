import { Attempt } from '../core/attempt.ts';
import type { OperationContext } from '../core/call.ts';
import { SUCCESS, isAbort, type Classification } from '../core/classification.ts';
import type { Context } from '../core/context.ts';
import { emit, type EventListener, type PolicyEvent } from '../core/events.ts';
import { policyOf } from '../core/layered-policy.ts';
import type { Wrap } from '../core/layers.ts';
import {
  OptionError,
  callable,
  objectWith,
  readOptions,
  type Check,
  type Checks,
} from '../core/options.ts';
import { orCancelled } from '../core/or-cancelled.ts';
import { POLICY_CHECKS, openToListeners, type PolicyOptions } from '../core/policy-options.ts';
import type { Policy } from '../core/policy.ts';
import { classificationOf } from '../core/read-outcome.ts';
import { isHeard } from '../core/relay.ts';
import { readPlainly } from './plain-reader.ts';

declare module '../core/events.ts' {
  interface ResilienceEvents {
    'fallback-used': FallbackUsedEvent;
    'fallback-failed': FallbackFailedEvent;
  }
}

/** A fallback answered in place of a failure. */
export interface FallbackUsedEvent extends PolicyEvent {
  readonly type: 'fallback-used';
  readonly by: 'fallback';
  /** Where the answer came from. */
  readonly from: 'value' | 'answer' | 'last-good';
  /** The failure that the caller does not see. */
  readonly classification: Classification;
}

/** A fallback had an error of its own; the caller gets the original failure. */
export interface FallbackFailedEvent extends PolicyEvent {
  readonly type: 'fallback-failed';
  readonly by: 'fallback';
  readonly from: 'value' | 'answer' | 'last-good';
  /** How the fallback's own error is classified. */
  readonly classification: Classification;
}

/** The failure that a fallback may answer for. */
export interface FailedOutcome {
  readonly classification: Classification;
  /** The error that was thrown; `undefined` where a value was returned. */
  readonly error: unknown;
  /** The value that was returned, a `Response` with an error status for one; `undefined` where an error was thrown. */
  readonly value: unknown;
}

/** A memory of what went well: `lastGood()` makes one for responses. */
export interface LastGood {
  /** Looks at a success, which it leaves as it is. Called for each of them; never throws. */
  learn(value: unknown, context: Context): void;
  /** An answer from earlier; `undefined` where there is none. */
  recall(context: Context): unknown;
}

/** What answers in place of a failure, and of which. One of `value`, `answer` and `lastGood` is given. */
export interface FallbackOptions extends Pick<PolicyOptions, 'onEvent'> {
  /** The answer itself, never a function; a `Response` is cloned for each caller. */
  readonly value?: unknown;
  /** Makes the answer; `undefined` leaves the failure as it is, and so does an error. */
  readonly answer?: ((failure: FailedOutcome, context: OperationContext) => unknown) | undefined;
  /** The memory of what went well. */
  readonly lastGood?: LastGood | undefined;
  /**
   * Which failures it answers for. An abort by the caller is never among them.
   * @defaultValue those that are not the request's own fault: every category but `'fatal'`
   */
  readonly when?: ((failure: FailedOutcome) => boolean) | undefined;
}

/** Of a fatal failure the caller must know: to answer for it would hide a wrong request. */
const isNotFatal = ({ classification }: FailedOutcome): boolean =>
  classification.category !== 'fatal';

/** A function is meant to be called, and that is what `answer` is for. */
const aValue: Check = {
  expected: 'a value and not a function: answer takes one',
  accepts: (value) => typeof value !== 'function',
};

const FALLBACK_CHECKS: Checks<FallbackOptions> = {
  onEvent: POLICY_CHECKS.onEvent,
  value: aValue,
  answer: callable,
  lastGood: objectWith('learn', 'recall'),
  when: callable,
};

/** Where an answer comes from, under the name that the event gives it. */
interface Source {
  readonly from: FallbackUsedEvent['from'];
  readonly answer: (failure: FailedOutcome, context: Context) => unknown;
}

/**
 * Answers in place of a failure: with a value, with what a function makes, or with the last good
 * response (`lastGood()`). It answers where the server failed, throttled, or was not asked; never
 * where the request itself is wrong, unless `when` says so, and never for a caller that has aborted.
 *
 * Put it outermost: inside a retry, the retry would see a success.
 *
 * The answer is a success for the caller. The event `fallback-used` and `answeredBy` of the report
 * say that it is none of the server's.
 *
 * @throws {@link OptionError} for options that cannot work, also where not exactly one of `value`,
 * `answer` and `lastGood` is given.
 *
 * @example
 * const rates = pipeline(fallback({ answer: () => ratesOfYesterday() }), retry());
 */
export function fallback(options: FallbackOptions): Policy {
  const settings = openToListeners(
    readOptions('fallback', options, { when: isNotFatal }, FALLBACK_CHECKS),
  );
  const { when, lastGood, onEvent } = settings;
  const source = sourceOf(settings);

  const judge = (
    attempt: Attempt,
    classification: Classification,
    context: Context,
  ): Attempt | Promise<Attempt> => {
    if (classification.category === 'success') {
      lastGood?.learn(attempt.value, context);
      return attempt;
    }
    if (isAbort(classification) || context.cancellation?.cancelled) return attempt;
    const { threw, value } = attempt;
    const failure = {
      classification,
      error: threw ? value : undefined,
      value: threw ? undefined : value,
    };
    return answerFor(attempt, failure, context, source, when, onEvent);
  };

  const fallbackWrap: Wrap = {
    onEvent,
    wrap: (next) => (context) =>
      next(context).then((attempt) => {
        const reading = classificationOf(attempt, context);
        return reading instanceof Promise
          ? reading.then((classification) => judge(attempt, classification, context))
          : judge(attempt, reading, context);
      }),
  };
  return policyOf([fallbackWrap], { readerFor: readPlainly });
}

function sourceOf({ value, answer, lastGood }: FallbackOptions): Source {
  const sources: Source[] = [];
  if (value !== undefined) sources.push({ from: 'value', answer: () => ownCopyOf(value) });
  if (answer !== undefined) sources.push({ from: 'answer', answer });
  if (lastGood !== undefined) {
    sources.push({ from: 'last-good', answer: (_failure, context) => lastGood.recall(context) });
  }
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only;
  const given = sources.map(({ from }) => from).join(', ') || undefined;
  throw new OptionError('fallback', 'given one of value, answer and lastGood', given);
}

/** A response can be read once: each caller gets its own. */
function ownCopyOf(value: unknown): unknown {
  const { clone, bodyUsed } = (value ?? {}) as Partial<Response>;
  return typeof clone === 'function' && bodyUsed === false ? clone.call(value) : value;
}

/** The record of the fallback's answer, or that of the failure where it has none. */
async function answerFor(
  failed: Attempt,
  failure: FailedOutcome,
  context: Context,
  { from, answer }: Source,
  when: (failure: FailedOutcome) => boolean,
  onEvent: EventListener | undefined,
): Promise<Attempt> {
  const { reader, call, cancellation } = context;
  const told = () => ({ by: 'fallback', ...call.identity, from }) as const;
  let value: unknown;
  try {
    if (!when(failure)) return failed;
    const answering = Promise.resolve(answer(failure, context));
    value = await orCancelled(answering, cancellation);
    // An answer that comes later is for nobody.
    if (cancellation?.cancelled) {
      void answering.then((late) => reader?.discard?.(late, cancellation)).catch(() => {});
    }
  } catch (error) {
    const classification = classificationOfOwn(error, context);
    if (isHeard(onEvent)) emit(onEvent, { type: 'fallback-failed', ...told(), classification });
  }
  if (cancellation?.cancelled) return context.outcomeWithin(cancellation, failed);
  if (value === undefined) return failed;
  const { classification } = failure;
  if (isHeard(onEvent)) emit(onEvent, { type: 'fallback-used', ...told(), classification });
  if (!failed.threw) void reader?.discard?.(failed.value, cancellation);
  call.history.answeredBy = 'fallback';
  const answered = new Attempt(failed.number, failed.kind);
  answered.returned(value);
  answered.classification = SUCCESS;
  return answered;
}

function classificationOfOwn(error: unknown, context: Context): Classification {
  const attempt = new Attempt(0);
  attempt.failed(error);
  return classificationOf(attempt, context) as Classification;
}
