import type { EventListener, Fetch } from 'holdfast';
import type { VirtualClock } from 'holdfast/testing';
import type { Bar, Kind } from './lanes.ts';

/** Where the pictures' servers stand. */
export const API = 'https://api.example.com';

/** An answer that a server of a picture gives after a while; `'never'` for none. */
export type Answer = { readonly status: number; readonly afterMs: number } | 'never';

/** A server in virtual time, by the moment of each request and its number, from 0. */
export function serverOf(
  clock: VirtualClock,
  answer: (now: number, request: number, url: string) => Answer,
): Fetch {
  let requests = 0;
  return (input, init) =>
    new Promise((resolve, reject) => {
      const url = input instanceof Request ? input.url : input.toString();
      const given = answer(clock.now(), requests, url);
      requests += 1;
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
      if (given === 'never') return;
      clock.setTimer(() => resolve(new Response('{}', { status: given.status })), given.afterMs);
    });
}

/** A listener that notes each attempt as a bar. */
export function attemptsIn(clock: VirtualClock, bars: Bar[]): EventListener {
  return (event) => {
    if (event.type !== 'attempt-ended') return;
    const { category, decidedBy, status } = event.classification;
    const failure: Kind = status === undefined || decidedBy === 'caller' ? 'given up' : 'failed';
    const kind = category === 'success' ? 'answered' : failure;
    bars.push({ from: clock.now() - event.durationMs, until: clock.now(), kind });
  };
}

/** A call of which only what it did is looked at. */
export const settled = (call: Promise<unknown>): Promise<void> =>
  call.then(
    () => {},
    () => {},
  );
