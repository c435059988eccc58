import {
  SpanKind,
  SpanStatusCode,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { Classification } from '../../core/classification.ts';
import { errorTypeOf, statusType, thrownType } from './error-type.ts';

/** The result of an attempt. */
export type AttemptOutcome = { readonly status: number } | { readonly thrown: unknown };

/** How an attempt ended, for the metric of its duration. */
export interface EndedRequest {
  readonly seconds: number;
  readonly status: number | undefined;
  readonly errorType: string | undefined;
}

/** The parts of an attempt's span. */
export interface AttemptSpanSettings {
  readonly tracer: Tracer;
  readonly name: string;
  readonly attributes: Attributes;
  readonly parent: Context;
  /** Told once, when the attempt has ended. */
  readonly onEnd: (ended: EndedRequest) => void;
}

/**
 * The span of one attempt. It ends at the moment at which there are headers, or an error; a failure
 * is told when it has been read, since its error code stands in its body.
 */
export class AttemptSpan {
  readonly #settings: AttemptSpanSettings;
  // The one clock tells the moment, and the other one, which never goes back, the duration.
  readonly #startedAt = Date.now();
  readonly #startedOn = performance.now();
  #span: Span | undefined;
  #outcome: AttemptOutcome | undefined;
  #ranMs: number | undefined;
  #isOver = false;

  constructor(settings: AttemptSpanSettings) {
    this.#settings = settings;
  }

  /** The span itself, from now on; without this it is made when the attempt has ended. */
  start(): Span {
    return (this.#span ??= this.#make());
  }

  /** There are headers, or an error. */
  settled(outcome: AttemptOutcome): void {
    this.#ranMs ??= performance.now() - this.#startedOn;
    this.#outcome ??= outcome;
  }

  /** Whether it has ended well, so that there is nothing left to be read. */
  get isSuccess(): boolean {
    const outcome = this.#outcome;
    return outcome !== undefined && 'status' in outcome && statusType(outcome.status) === undefined;
  }

  /** It has been read; one that is under way still is not waited for any more. */
  read(classification: Classification): void {
    const outcome = this.#outcome;
    const thrown = outcome !== undefined && 'thrown' in outcome ? outcome.thrown : undefined;
    this.#end(errorTypeOf(classification, thrown));
  }

  /** Nobody will read it. */
  end(): void {
    const outcome = this.#outcome;
    if (outcome === undefined) this.#end(undefined);
    else this.#end('thrown' in outcome ? thrownType(outcome.thrown) : statusType(outcome.status));
  }

  /** Somebody else has made a span for it. */
  leaveToOthers(): void {
    this.#isOver = true;
  }

  #end(errorType: string | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const ranMs = this.#ranMs ?? performance.now() - this.#startedOn;
    const outcome = this.#outcome;
    const status = outcome !== undefined && 'status' in outcome ? outcome.status : undefined;
    const span = this.start();
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    if (errorType !== undefined) {
      span.setAttribute('error.type', errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(this.#startedAt + ranMs);
    this.#settings.onEnd({ seconds: ranMs / 1000, status, errorType });
  }

  #make(): Span {
    const { tracer, name, attributes, parent } = this.#settings;
    return tracer.startSpan(
      name,
      { kind: SpanKind.CLIENT, attributes, startTime: this.#startedAt },
      parent,
    );
  }
}
