import { isUnwanted } from '../core/classification.ts';
import type { ResilienceEvent } from '../core/events.ts';
import { foreignEvent } from './foreign-event.ts';

/** How much an event matters to an operator. */
export type EventLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * How much an event matters: `error` for an API that is down for everybody, `warn` for a call that
 * got no answer or got another one, `info` for a failure that is dealt with, `debug` for what is
 * normal.
 *
 * @example
 * const fetch = resilientFetch(globalThis.fetch, {
 *   onEvent: (event) => logger.log(levelOf(event), sentenceOf(event)),
 * });
 */
export function levelOf(event: ResilienceEvent): EventLevel {
  switch (event.type) {
    case 'attempt-ended':
      return isNormal(event) ? 'debug' : 'info';
    case 'gave-up':
      // A request that is wrong is its caller's affair: it has the answer.
      return event.classification.category === 'fatal' ? 'info' : 'warn';
    case 'circuit-changed':
      return event.to === 'open' ? 'error' : 'info';
    case 'queued':
    case 'coalesced':
      return 'debug';
    case 'retry-scheduled':
    case 'hedged':
    case 'endpoint-back':
    case 'store-recovered':
    case 'fleet-resumed':
      return 'info';
    case 'refused':
    case 'key-paused':
    case 'timed-out':
    case 'stream-failed':
    case 'failed-over':
    case 'endpoint-out':
    case 'fallback-used':
    case 'store-error':
    case 'nested-retry':
      return 'warn';
    case 'fallback-failed':
    case 'fleet-stopped':
      return 'error';
    default:
      foreignEvent(event);
      return 'warn';
  }
}

const isNormal = ({
  classification,
}: Extract<ResilienceEvent, { readonly type: 'attempt-ended' }>): boolean =>
  classification.category === 'success' || isUnwanted(classification);
