import type { Attempt } from './attempt.ts';
import { operateWithin } from './call.ts';
import type { Cancellable } from './cancellation.ts';
import type { Classification } from './classification.ts';
import type { Context, Next } from './context.ts';

/**
 * Stands behind the last layer: calls the operation and resolves to the attempt's record, as soon
 * as there is an outcome or the attempt is cancelled. An outcome that comes later is discarded.
 *
 * Here and in the frames, `then` with one callback stands where `await` would read better: a frame
 * of an async function costs every call three times as many bytes.
 */
export const makeAttempt: Next = (context) => {
  const { cancellation } = context;
  if (cancellation === undefined) return operate(context, undefined);
  if (cancellation.cancelled) return Promise.resolve(context.refuseCancelled(cancellation));
  return new Promise((resolve) => {
    const race = new Race(context, resolve);
    cancellation.add(race);
    // `then(resolve)` and not a call of it: only so V8 finds its way from an error to the caller's line.
    void operate(context, race).then(resolve);
  });
};

/** An attempt against its cancellation. */
class Race implements Cancellable {
  readonly #context: Context;
  readonly #resolve: (attempt: Attempt) => void;

  constructor(context: Context, resolve: (attempt: Attempt) => void) {
    this.#context = context;
    this.#resolve = resolve;
  }

  cancel(reason: unknown, classification: Classification): void {
    const { record, call } = this.#context;
    if (!record.isOver) record.failed(reason, call.clock.now(), classification);
    this.#resolve(record);
  }

  finish(): void {
    const { cancellation } = this.#context;
    cancellation?.remove(this);
  }
}

function operate(context: Context, race: Race | undefined): Promise<Attempt> {
  const { call, record } = context;
  call.history.add(record);
  record.start(call.clock.now(), context.cancellation);
  let given: unknown;
  try {
    const { operation } = context.place ?? call;
    given = operateWithin(call, operation, context);
  } catch (error) {
    return Promise.resolve(failed(context, error, race));
  }
  return Promise.resolve(given).then(
    (value) => returned(context, value, race),
    (error: unknown) => failed(context, error, race),
  );
}

function returned(context: Context, value: unknown, race: Race | undefined): Attempt {
  const { call, record } = context;
  if (record.isOver) {
    void context.reader?.discard?.(value, context.cancellation);
  } else {
    record.returned(value, call.clock.now());
    context.end(value);
  }
  race?.finish();
  return record;
}

function failed(context: Context, error: unknown, race: Race | undefined): Attempt {
  const { call, record } = context;
  if (!record.isOver) record.failed(error, call.clock.now());
  context.end();
  race?.finish();
  return record;
}
