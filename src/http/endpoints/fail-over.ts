import type { Attempt } from '../../core/attempt.ts';
import { SUCCESS, refusal, type Classification } from '../../core/classification.ts';
import type { Context, Next, Place } from '../../core/context.ts';
import { withoutStack } from '../../core/errors.ts';
import { emit } from '../../core/events.ts';
import { OptionError } from '../../core/options.ts';
import type { Repetition } from '../../core/outcome-reader.ts';
import { classificationOf } from '../../core/read-outcome.ts';
import { isHeard } from '../../core/relay.ts';
import { RateLimitedError } from '../../policies/rate-limit/rate-limited-error.ts';
import { requestReaderOf } from '../asked-request.ts';
import { isTurnedAway, tellingRank, type Fault } from './endpoint-fault.ts';
import type { Candidate, EndpointGroup } from './endpoint-group.ts';
import { NOTHING_SAID, type Endpoint } from './endpoint.ts';
import './endpoint-events.ts';

/** Puts the bound on the first byte of this endpoint around the attempt itself. */
export type Timed = (endpoint: Endpoint, innermost: Next) => Next;

/** An endpoint's failure, while others are asked. */
interface Failure {
  readonly attempt: Attempt;
  readonly context: Context;
  readonly classification: Classification;
  readonly fault: Fault | undefined;
  readonly endpoint: Endpoint;
}

/** Makes an attempt at one endpoint after the other, until one of them answers for itself. */
export async function failOver(
  context: Context,
  next: Next,
  group: EndpointGroup,
  timed: Timed,
): Promise<Attempt> {
  const call = requestReaderOf(context);
  if (call === undefined) {
    const expected = 'inside a wrapped fetch (resilientFetch, asMiddleware)';
    return context.refuse(new OptionError('endpoints', expected, 'an operation'));
  }
  const rest = group.restOf(call.asked);
  if (rest === undefined) return next(context);

  const places = new Map<Endpoint, Place>();
  const placeOf = (endpoint: Endpoint): Place => {
    const place = places.get(endpoint) ?? endpoint.placeOf(call, rest);
    places.set(endpoint, place);
    return place;
  };
  const scopeOf = (endpoint: Endpoint): string => placeOf(endpoint).scope;
  const { maxFailovers, clock } = group.settings;
  const isSafeToProbe = isRepeatable(call.repetition?.(SUCCESS));
  const tried = new Set<Endpoint>();
  group.count();

  let shown: Failure | undefined;
  let last: Failure | undefined;
  let failovers = 0;
  for (;;) {
    // Looked at anew each time: others have learned something meanwhile.
    const candidates = group.candidates(clock.now(), isSafeToProbe, scopeOf, tried);
    const before = last === undefined ? context.unused() : context.another();
    const open = candidates.filter(({ endpoint }) => isOpen(next, before.at(placeOf(endpoint))));
    const candidate =
      open.find(
        ({ endpoint, probes }) =>
          probes.length > 0 || !next.holdsBack?.(before.at(placeOf(endpoint))),
      ) ??
      // Where a call has to wait at each of them, it waits for the one that is preferred.
      open[0] ??
      // Where none is open, the caller gets the refusal of the first.
      (last === undefined ? candidates[0] : undefined);
    if (candidate === undefined) break;
    const { endpoint } = candidate;
    if (last !== undefined) {
      if (failovers >= maxFailovers || !isTime(context) || !isPaid(last, group)) break;
      if (isSent(last)) failovers += 1;
      tell(last, endpoint, group);
    }
    tried.add(endpoint);
    last = await ask(candidate, before.at(placeOf(endpoint)), next, group, timed);
    if (!isWorthAsking(last, call.repetition?.(last.classification))) {
      // It has answered for all of them.
      if (shown !== undefined) discard(shown);
      return last.attempt;
    }
    const silent = lessTelling(shown, last);
    if (silent !== undefined) discard(silent);
    if (silent !== last) shown = last;
  }
  return shown?.attempt ?? refuseAll(context, group, scopeOf);
}

/** Whether nothing inside would refuse it: an open circuit, a limit that lets nothing through. */
const isOpen = (next: Next, context: Context): boolean =>
  next.objection?.(context, 0) === undefined;

/** Makes an attempt at one endpoint, and takes in how it went. */
async function ask(
  { endpoint, probes }: Candidate,
  context: Context,
  next: Next,
  group: EndpointGroup,
  timed: Timed,
): Promise<Failure> {
  const { clock, onEvent } = group.settings;
  const { key } = endpoint;
  const startedAt = clock.now();
  context.record.note({ endpoint: key });
  group.begin(probes, startedAt);
  const attempt = await next(context.around(timed(endpoint, context.innermost)));
  const classification = await classificationOf(attempt, context);
  group.end(probes);
  const now = clock.now();
  // Out of time in a line of ours: the endpoint has nothing to do with it.
  const { fault, out, isBack } =
    attempt.startedOn === undefined
      ? NOTHING_SAID
      : endpoint.settle(classification, () => context.scope, startedAt, now);
  if (isHeard(onEvent) && out !== undefined) {
    const outMs = Math.ceil(out.dueAt - now);
    emit(onEvent, {
      type: 'endpoint-out',
      by: 'endpoints',
      ...context.identity,
      outMs,
      classification,
    });
  }
  if (isHeard(onEvent) && isBack)
    emit(onEvent, { type: 'endpoint-back', by: 'endpoints', ...context.identity });
  return { attempt, context, classification, fault, endpoint };
}

/** Whether another endpoint may give a better answer, and it does no harm to ask. */
function isWorthAsking(failure: Failure, repetition: Repetition | undefined): boolean {
  const { classification, context, fault } = failure;
  if (classification.category === 'success' || context.cancellation?.cancelled) return false;
  if (classification.decidedBy === 'policy') return true;
  if (fault === undefined) return false;
  if (!isSent(failure) || isRepeatable(repetition)) return true;
  return repetition?.obstacle === undefined && (classification.unprocessed || isTurnedAway(fault));
}

const isRepeatable = ({ obstacle, unsafe }: Repetition = {}): boolean =>
  obstacle === undefined && unsafe === undefined;

const isSent = ({ attempt }: Failure): boolean => attempt.startedOn !== undefined;

/** Nothing starts that could not end in time. */
const isTime = ({ clock, deadline }: Context): boolean => clock.now() < deadline;

/** What was never sent costs nothing. */
function isPaid(failure: Failure, { settings }: EndpointGroup): boolean {
  const { budget, clock } = settings;
  return !isSent(failure) || budget?.spend(failure.context.call.key, clock.now()) !== false;
}

/** Which of two failures the caller does not see; of two that tell as much, the earlier one. */
function lessTelling(one: Failure | undefined, other: Failure): Failure | undefined {
  if (one === undefined) return undefined;
  const [rank, otherRank] = [one, other].map(({ fault, classification }) =>
    tellingRank(fault, classification),
  );
  return (rank ?? 0) > (otherRank ?? 0) ? other : one;
}

function discard({ attempt, context }: Failure): void {
  if (!attempt.threw) void context.reader?.discard?.(attempt.value, context.cancellation);
}

function tell(
  { context, attempt, classification }: Failure,
  to: Endpoint,
  { settings }: EndpointGroup,
): void {
  const { onEvent } = settings;
  if (!isHeard(onEvent)) return;
  const told = { ...context.identity, to: to.key, attempt: attempt.number, classification };
  emit(onEvent, { type: 'failed-over', by: 'endpoints', ...told });
}

/** No endpoint may be asked: all have said to stay away, or their keys are of no use. */
function refuseAll(
  context: Context,
  group: EndpointGroup,
  scopeOf: (endpoint: Endpoint) => string,
): Attempt {
  const { onEvent, clock } = group.settings;
  const { call, attempt, identity } = context;
  const { retryAfterMs, causedBy } = group.whyNobody(clock.now(), scopeOf);
  const because = `every endpoint is out (${causedBy?.rule ?? 'all are being tried'})`;
  if (isHeard(onEvent)) {
    const told = { ...identity, attempt, because, retryAfterMs, causedBy };
    emit(onEvent, { type: 'refused', by: 'endpoints', ...told });
  }
  const classification = refusal('throttle', because, retryAfterMs);
  return context.refuse(
    withoutStack(() => new RateLimitedError(because, call.failure(classification))),
    classification,
  );
}
