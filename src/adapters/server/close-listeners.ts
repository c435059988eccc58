import { Audience } from '../../core/audience.ts';

/** What says when it has closed: a response, a socket, a stream. */
export interface Closable {
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

const audiences = new WeakMap<Closable, Audience<void>>();

/**
 * Calls `listener` once when something closes. It carries one listener however many ask, since all
 * requests of a connection share its socket; none when nobody waits.
 *
 * @returns a function that forgets the listener.
 */
export function onClose(closable: Closable, listener: () => void): () => void {
  const audience = audiences.get(closable) ?? audienceOf(closable);
  audiences.set(closable, audience);
  audience.add(listener);
  return () => audience.remove(listener);
}

const audienceOf = (closable: Closable): Audience<void> =>
  new Audience({
    attach: (tell) => void closable.once('close', tell),
    detach: (tell) => void closable.off('close', tell),
    news: () => {},
  });
