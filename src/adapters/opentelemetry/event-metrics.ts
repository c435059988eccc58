import type { Attributes } from '@opentelemetry/api';
import type { AttemptEndedEvent } from '../../core/attempt-events.ts';
import type { ResilienceEvent } from '../../core/events.ts';
import { isUnwanted, type Classification } from '../../core/classification.ts';
import type { BoundedValues } from './bounded-values.ts';
import { foreignEvent } from '../foreign-event.ts';
import { errorTypeOf } from './error-type.ts';
import type { ServerAttributes } from './http-attributes.ts';
import type { Instruments } from './instruments.ts';

/** The bounds within which values become attributes. */
export interface Bounds {
  readonly serverOf: (key: string) => ServerAttributes;
  readonly errorTypes: BoundedValues;
  readonly reasons: BoundedValues;
}

/** Counts and measures one event. */
export function measure(event: ResilienceEvent, instruments: Instruments, bounds: Bounds): void {
  const server: Attributes = { ...bounds.serverOf(event.key) };
  switch (event.type) {
    case 'attempt-ended':
      return measureAttempt(event, server, instruments, bounds);
    case 'retry-scheduled':
      return instruments.retryDelay.record(event.waitMs / 1000, server);
    case 'gave-up':
      return instruments.giveUps.add(1, {
        ...server,
        'holdfast.category': event.classification.category,
      });
    case 'refused':
      return instruments.refusals.add(1, {
        ...server,
        'holdfast.policy': event.by,
        'holdfast.reason': bounds.reasons.bounded(withoutFigures(event.because)),
      });
    case 'circuit-changed':
      return instruments.circuitChanges.add(1, {
        ...server,
        'holdfast.circuit.from': event.from,
        'holdfast.circuit.to': event.to,
      });
    case 'key-paused':
      return instruments.limiterPauses.add(1, server);
    case 'timed-out':
      return instruments.timeouts.add(1, server);
    case 'hedged':
      return instruments.hedges.add(1, { ...server, 'holdfast.reason': event.because });
    case 'failed-over':
      return instruments.failovers.add(1, server);
    case 'endpoint-out':
      return instruments.endpointOutages.add(1, server);
    case 'fallback-used':
      return instruments.fallbacks.add(1, { ...server, ...fallback(event.from, 'used') });
    case 'fallback-failed':
      return instruments.fallbacks.add(1, { ...server, ...fallback(event.from, 'failed') });
    case 'coalesced':
      return instruments.coalesced.add(1, server);
    case 'store-error':
      return instruments.storeErrors.add(1, { ...server, 'error.type': event.kind });
    case 'fleet-stopped':
      return instruments.fleetStops.add(1, server);
    case 'stream-failed':
      return instruments.streamFailures.add(1, {
        ...server,
        'holdfast.reason': event.because,
        ...failureType(event.classification, bounds),
      });
    case 'nested-retry':
      return instruments.nestedRetries.add(1, server);
    case 'queued':
    case 'endpoint-back':
    case 'store-recovered':
    case 'fleet-resumed':
      // Waits are measured when they are over, and gauges show what is back.
      return;
    default:
      foreignEvent(event);
  }
}

function measureAttempt(
  { classification, queuedMs }: AttemptEndedEvent,
  server: Attributes,
  { limiterWait, attemptFailures }: Instruments,
  bounds: Bounds,
): void {
  if (queuedMs > 0) limiterWait.record(queuedMs / 1000, server);
  const { category } = classification;
  if (category === 'success' || isUnwanted(classification)) return;
  attemptFailures.add(1, {
    ...server,
    'holdfast.category': category,
    ...failureType(classification, bounds),
  });
}

const failureType = (classification: Classification, { errorTypes }: Bounds): Attributes => ({
  'error.type': errorTypes.bounded(errorTypeOf(classification) ?? 'Error'),
});

const fallback = (from: string, outcome: 'used' | 'failed'): Attributes => ({
  'holdfast.fallback.from': from,
  'holdfast.outcome': outcome,
});

/** A reason without what makes it another one each time: figures, and what stands in brackets. */
const withoutFigures = (because: string): string =>
  because
    .replace(/\s*\([^)]*\)/g, '')
    .replace(/\d+/g, 'N')
    .slice(0, 120);
