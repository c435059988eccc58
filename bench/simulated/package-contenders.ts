import {
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import type { Client, ClientParts } from 'holdfast/simulator';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import type { RuleSettings } from '../rules/rule-client.ts';
import type { Contender } from './contenders.ts';

/** An answer that the package is to take for a failure. */
class BadStatus extends Error {
  override readonly name = 'BadStatus';
}

/** The packages know errors only, so a status that is none to a fetch becomes one. */
async function throwingFetch(
  { fetch }: ClientParts,
  url: string,
  init: RequestInit,
): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status >= 500 || response.status === 429) {
    throw new BadStatus(`status ${response.status}`);
  }
  return response;
}

/** The call ends with an error when its time is up, by the global timers. */
function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  if (timeoutMs === Infinity) return work;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the attempt timed out')), timeoutMs);
    const end = () => clearTimeout(timer);
    work.then(resolve, reject).finally(end).catch(end);
  });
}

const ofPackage = (
  name: string,
  makeClient: (settings: RuleSettings, parts: ClientParts) => Client,
): Contender => ({
  name,
  kind: 'package',
  makeClient: (settings) => (parts) => makeClient(settings, parts),
});

/** As its documentation puts them together: retry around the breaker around the timeout. */
export const COCKATIEL = ofPackage('cockatiel', ({ attemptTimeoutMs, maxRetries }, parts) => {
  const layers = wrap(
    retry(handleAll, { maxAttempts: maxRetries, backoff: new ExponentialBackoff() }),
    circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) }),
  );
  // Its timeout takes 20 µs a call; not made where there is none.
  const policy =
    attemptTimeoutMs === Infinity
      ? layers
      : wrap(layers, timeout(attemptTimeoutMs, TimeoutStrategy.Aggressive));
  return (url, init) => policy.execute(() => throwingFetch(parts, url, init));
});

/** With its defaults, but for the number of retries. */
export const P_RETRY = ofPackage('p-retry', ({ attemptTimeoutMs, maxRetries }, parts) => {
  return (url, init) =>
    pRetry(() => within(attemptTimeoutMs, throwingFetch(parts, url, init)), {
      retries: maxRetries,
    });
});

/** With its defaults, but for the timeout; it has no retries. */
const OPOSSUM = ofPackage('opossum', ({ attemptTimeoutMs }, parts) => {
  const breaker = new CircuitBreaker(
    (url: string, init: RequestInit) => throwingFetch(parts, url, init),
    { timeout: attemptTimeoutMs < Infinity ? attemptTimeoutMs : false },
  );
  return (url, init) => breaker.fire(url, init);
});

export const PACKAGES: readonly Contender[] = [COCKATIEL, P_RETRY, OPOSSUM];
