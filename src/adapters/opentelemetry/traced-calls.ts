import { SpanKind, SpanStatusCode, context, type Attributes } from '@opentelemetry/api';
import { addressOf } from '../../http/address.ts';
import { signalOf, type FetchArguments } from '../../http/fetch-arguments.ts';
import type { Fetch } from '../../http/fetch.ts';
import { outcomeOfError, outcomeOfResponse, type CallOutcome } from './call-outcome.ts';
import { CallUnderWay, callOf } from './call-under-way.ts';
import { OTHER, serverOfKey, type ServerAttributes } from './http-attributes.ts';
import { quietly } from './quietly.ts';
import type { TelemetryParts } from './telemetry-parts.ts';

/** Not the name of a request: the conventions leave those to attempts. */
const SPAN_NAME = 'holdfast call';

/** A fetch that makes a span for each call, and measures it. */
export function tracedCalls(next: Fetch, parts: TelemetryParts): Fetch {
  return (...given) => {
    const traced = quietly(() => TracedCall.begin(given, parts));
    if (traced === undefined) return next(...given);
    let running: Promise<Response>;
    try {
      running = traced.within(() => next(...given));
    } catch (thrown) {
      traced.threw(thrown);
      throw thrown;
    }
    return running.then(
      (response) => {
        traced.gave(response);
        return response;
      },
      (thrown: unknown) => {
        traced.threw(thrown);
        throw thrown;
      },
    );
  };
}

/** Spans need no bound: what is known is only quicker than to read it. */
function serverOfOrigin(origin: string, { bounds }: TelemetryParts): ServerAttributes {
  const known = bounds.serverOf(origin);
  return known['server.address'] === OTHER ? serverOfKey(origin) : known;
}

/** One call, from its begin to its response or error. */
class TracedCall {
  readonly #call: CallUnderWay;
  readonly #parts: TelemetryParts;
  readonly #origin: string;
  readonly #signal: AbortSignal | undefined;
  readonly #startedOn = performance.now();
  /** Whether contexts are kept over a wait; a context manager does that. */
  #keepsContexts = false;

  /** `undefined` for a request that goes to no server. */
  static begin(given: FetchArguments, parts: TelemetryParts): TracedCall | undefined {
    const { isRemote, origin } = addressOf(given[0]);
    return isRemote ? new TracedCall(given, origin, parts) : undefined;
  }

  private constructor(given: FetchArguments, origin: string, parts: TelemetryParts) {
    const parent = context.active();
    const attributes: Attributes = { ...serverOfOrigin(origin, parts) };
    const span = parts.tracer.startSpan(SPAN_NAME, { kind: SpanKind.INTERNAL, attributes }, parent);
    this.#call = new CallUnderWay(span, parent);
    this.#parts = parts;
    this.#origin = origin;
    this.#signal = signalOf(given);
  }

  within<Made>(run: () => Made): Made {
    return context.with(this.#call.context, () => {
      this.#keepsContexts = callOf(context.active()) === this.#call;
      return this.#parts.calls.starting(this.#call, run);
    });
  }

  gave(response: Response): void {
    quietly(() => this.#end(outcomeOfResponse(response)));
  }

  threw(thrown: unknown): void {
    quietly(() => this.#end(outcomeOfError(thrown, this.#signal)));
  }

  #end({ outcome, errorType, report }: CallOutcome): void {
    const { calls, bounds, instruments } = this.#parts;
    calls.end(this.#call);
    const { span, callId } = this.#call;
    // An answer that was shared has the report of the call that asked for it.
    const isShared = this.#keepsContexts && callId === undefined;
    const attempts = isShared ? 0 : report?.attempts.length;
    const key = report?.key ?? this.#origin;
    span.setAttributes({
      'holdfast.key': key,
      'holdfast.outcome': outcome,
      ...(report?.callId !== undefined && { 'holdfast.call.id': report.callId }),
      ...(attempts !== undefined && { 'holdfast.call.attempts': attempts }),
      ...(report?.stoppedBecause !== undefined && {
        'holdfast.call.stopped_because': report.stoppedBecause,
      }),
    });
    if (errorType !== undefined) {
      span.setAttribute('error.type', errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
    const server: Attributes = { ...bounds.serverOf(key) };
    const { callDuration, callAttempts } = instruments.get();
    callDuration.record((performance.now() - this.#startedOn) / 1000, {
      ...server,
      'holdfast.outcome': outcome,
    });
    if (attempts !== undefined) callAttempts.record(attempts, server);
  }
}
