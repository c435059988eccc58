import { channel, type Channel } from 'node:diagnostics_channel';
import type { ResilienceEvent } from '../core/events.ts';

/**
 * The name of the channel on which every event is published.
 *
 * @example
 * diagnosticsChannel.subscribe(ALL_EVENTS, (event) => console.debug(event));
 */
export const ALL_EVENTS = 'holdfast:event';

// Held, since Node forgets a channel that nobody holds. The types of events are few.
const channels = new Map<string, Channel>();

function channelOf(name: string): Channel {
  const known = channels.get(name);
  if (known !== undefined) return known;
  const made = channel(name);
  channels.set(name, made);
  return made;
}

/**
 * A listener that publishes each event on Node's `diagnostics_channel`: on `holdfast:event`, and on a
 * channel for its type, such as `holdfast:attempt-ended`. The message is the event itself. Nothing is
 * published where nobody has subscribed.
 *
 * @example
 * const fetch = resilientFetch(globalThis.fetch, { onEvent: publishEvents });
 * diagnosticsChannel.subscribe('holdfast:circuit-changed', (event) => page(event));
 */
export function publishEvents(event: ResilienceEvent): void {
  for (const one of [channelOf(ALL_EVENTS), channelOf(`holdfast:${event.type}`)]) {
    if (one.hasSubscribers) one.publish(event);
  }
}
