import type { Client, ClientParts } from 'holdfast/simulator';

/**
 * The hedge that is written by hand, and that gRPC's hedging policy is without its throttle (A6): a
 * second request after a fixed delay, whatever becomes of the others. The first answer counts.
 */
export const fixedDelayHedge =
  (delayMs: number) =>
  ({ fetch, clock }: ClientParts): Client =>
  (url, init) =>
    new Promise((resolve, reject) => {
      const controllers: AbortController[] = [];
      const send = () => {
        const own = new AbortController();
        controllers.push(own);
        fetch(url, { ...init, signal: own.signal }).then((response) => {
          timer.cancel();
          for (const other of controllers) if (other !== own) other.abort();
          resolve(response);
        }, reject);
      };
      const timer = clock.setTimer(send, delayMs);
      send();
    });
