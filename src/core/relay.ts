import { emit, type EventListener } from './events.ts';

const LISTENERS = Symbol('holdfast.listeners');

/** A listener that passes what it hears on to others, which come and go. */
export interface Relay extends EventListener {
  readonly [LISTENERS]: Set<EventListener>;
}

const isRelay = (listener: EventListener): listener is Relay => LISTENERS in listener;

/** A relay to this listener, and to those that come later; a relay stays as it is. */
export function relayTo(listener: EventListener | undefined): Relay {
  if (listener !== undefined && isRelay(listener)) return listener;
  const listeners = new Set(listener && [listener]);
  const relay: EventListener = (event) => {
    for (const each of listeners) emit(each, event);
  };
  return Object.assign(relay, { [LISTENERS]: listeners });
}

/** Whether somebody hears what is told. Ask before an event is built. */
export const isHeard = (listener: EventListener | undefined): listener is EventListener =>
  listener !== undefined && (listener as Partial<Relay>)[LISTENERS]?.size !== 0;

/** Those who hear what these listeners are told, each once. */
export function hearersOf(listeners: readonly EventListener[]): Iterable<EventListener> {
  const [first] = listeners;
  // One relay tells nobody twice: this is the common case, and asked for every attempt.
  if (first !== undefined && listeners.length === 1 && isRelay(first)) return first[LISTENERS];
  const hearers = new Set<EventListener>();
  for (const listener of listeners) {
    if (!isRelay(listener)) hearers.add(listener);
    else for (const each of listener[LISTENERS]) hearers.add(each);
  }
  return hearers;
}

/**
 * Has everything that goes through these relays told to one more.
 *
 * @returns ends it
 */
export function listenTo(listeners: Iterable<EventListener>, hearer: EventListener): () => void {
  const relays = Array.from(listeners).filter(isRelay);
  // A function of its own: the same listener may have been given as an option, and stays then.
  const own: EventListener = (event) => hearer(event);
  for (const relay of relays) relay[LISTENERS].add(own);
  return () => {
    for (const relay of relays) relay[LISTENERS].delete(own);
  };
}
