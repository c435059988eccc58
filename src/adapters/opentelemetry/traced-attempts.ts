import { context, propagation, trace, type Context, type TextMapSetter } from '@opentelemetry/api';
import { enclosingCall, type Call } from '../../core/call.ts';
import { withHeader, type FetchArguments } from '../../http/fetch-arguments.ts';
import type { Fetch } from '../../http/fetch.ts';
import { AttemptSpan, type AttemptOutcome, type EndedRequest } from './attempt-span.ts';
import { callOf, resendAttributes, withAttempt, type CallUnderWay } from './call-under-way.ts';
import {
  OTHER,
  requestAttributes,
  spanAttributes,
  type RequestAttributes,
} from './http-attributes.ts';
import { ChildWatch, mayBeInstrumented } from './instrumented.ts';
import { quietly } from './quietly.ts';
import type { TelemetryParts } from './telemetry-parts.ts';

/** A fetch that makes a span for each request. */
export function tracedAttempts(next: Fetch, parts: TelemetryParts): Fetch {
  return (...given) => {
    const sending = quietly(() => prepare(next, given, parts));
    return sending === undefined ? next(...given) : send(next, sending);
  };
}

/** A request as it is sent, and who is told of its outcome. */
interface Sending {
  readonly request: FetchArguments;
  readonly within: Context;
  readonly settled: (outcome: AttemptOutcome) => void;
}

function prepare(next: Fetch, given: FetchArguments, parts: TelemetryParts): Sending | undefined {
  const request = requestAttributes(given, parts.settings.sensitiveParameters);
  return request && new TracedAttempt(given, request, parts).prepare(next);
}

function send(next: Fetch, { request, within, settled }: Sending): Promise<Response> {
  const failed = (thrown: unknown): never => {
    quietly(() => settled({ thrown }));
    throw thrown;
  };
  let sent: Promise<Response>;
  try {
    sent = context.with(within, () => next(...request));
  } catch (thrown) {
    return failed(thrown);
  }
  return sent.then((response) => {
    quietly(() => settled({ status: response.status }));
    return response;
  }, failed);
}

/** One request on its way. */
class TracedAttempt {
  readonly #given: FetchArguments;
  readonly #request: RequestAttributes;
  readonly #parts: TelemetryParts;
  readonly #parent: Context;
  readonly #call: CallUnderWay | undefined;
  /** Counted from 1. */
  readonly #number: number;
  readonly #template: string | undefined;

  constructor(given: FetchArguments, request: RequestAttributes, parts: TelemetryParts) {
    this.#given = given;
    this.#request = request;
    this.#parts = parts;
    const active = context.active();
    const enclosing = enclosingCall();
    const call = parts.calls.find(active, enclosing?.history.callId);
    this.#call = call;
    // Where nothing keeps contexts over a wait, the call is found by its id.
    this.#parent = call === undefined || callOf(active) === call ? active : call.context;
    this.#number = numberOf(call, enclosing);
    this.#template = parts.settings.urlTemplate ? templateOf(enclosing) : undefined;
    if (call !== undefined && enclosing !== undefined)
      parts.calls.join(call, enclosing.history.callId);
  }

  prepare(next: Fetch): Sending {
    const { attemptSpans } = this.#parts.settings;
    if (attemptSpans === false) return this.#sending(this.#parent, this.#given, () => {});
    if (attemptSpans === 'auto' && mayBeInstrumented(next)) return this.#watched();
    const span = this.#spanOfOurs();
    const within = trace.setSpan(this.#parent, span.start());
    const isPropagated = this.#parts.propagatesTo(this.#request.origin);
    const request = isPropagated ? propagated(this.#given, within) : this.#given;
    return this.#sending(within, request, (outcome) => this.#settle(span, outcome));
  }

  /** Somebody else may make a span: ours is made afterwards, where nobody did. */
  #watched(): Sending {
    const watch = new ChildWatch(this.#parent);
    const span = this.#spanOfOurs();
    return this.#sending(watch.context, this.#given, (outcome) => {
      if (watch.hasChild) span.leaveToOthers();
      this.#settle(span, outcome);
    });
  }

  #sending(within: Context, request: FetchArguments, settled: Sending['settled']): Sending {
    return { within: withAttempt(within, this.#number), request, settled };
  }

  #settle(span: AttemptSpan, outcome: AttemptOutcome): void {
    span.settled(outcome);
    // Whoever reads its failure tells its error code.
    if (this.#call === undefined || span.isSuccess) span.end();
  }

  #spanOfOurs(): AttemptSpan {
    const { method } = this.#request;
    const verb = method === OTHER ? 'HTTP' : method;
    const template = this.#template;
    const span = new AttemptSpan({
      tracer: this.#parts.tracer,
      name: template === undefined ? verb : `${verb} ${template}`,
      attributes: {
        ...spanAttributes(this.#request),
        ...resendAttributes(this.#number),
        ...(template !== undefined && { 'url.template': template }),
      },
      parent: this.#parent,
      onEnd: (ended) => this.#record(ended),
    });
    this.#call?.began(this.#number, span);
    return span;
  }

  #record({ seconds, status, errorType }: EndedRequest): void {
    const { bounds, templates, instruments } = this.#parts;
    const template = this.#template;
    instruments.get().requestDuration.record(seconds, {
      'http.request.method': this.#request.method,
      ...bounds.serverOf(this.#request.origin),
      ...(status !== undefined && { 'http.response.status_code': status }),
      ...(errorType !== undefined && { 'error.type': bounds.errorTypes.bounded(errorType) }),
      ...(template !== undefined && { 'url.template': templates.bounded(template) }),
    });
  }
}

/** Of a request that some middleware sends beside its attempt, the call is known, and not the attempt. */
function numberOf(call: CallUnderWay | undefined, enclosing: Call | undefined): number {
  if (call !== undefined) call.sent += 1;
  return enclosing?.attempts.at(-1)?.number ?? call?.sent ?? 1;
}

/** The path of a route without its method. */
const templateOf = (call: Call | undefined): string | undefined =>
  /\/.*$/.exec(call?.route ?? '')?.[0];

const INTO_RECORD: TextMapSetter<Record<string, string>> = {
  set: (carrier, name, value) => {
    carrier[name] = value;
  },
};

/** The request with the headers by which its server joins the trace; as it was where there are none. */
function propagated(request: FetchArguments, within: Context): FetchArguments {
  const added: Record<string, string> = {};
  propagation.inject(within, added, INTO_RECORD);
  return Object.entries(added).reduce<FetchArguments>(
    (changed, [name, value]) => withHeader(changed, name, value),
    request,
  );
}
