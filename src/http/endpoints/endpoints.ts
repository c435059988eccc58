import { layersOf, policyOf } from '../../core/layered-policy.ts';
import type { Next } from '../../core/context.ts';
import type { Wrap } from '../../core/layers.ts';
import type { Policy } from '../../core/policy.ts';
import { timeout } from '../../policies/timeout.ts';
import { EndpointGroup } from './endpoint-group.ts';
import type { Endpoint } from './endpoint.ts';
import {
  readEndpointList,
  readEndpointsOptions,
  type EndpointOptions,
  type EndpointsOptions,
} from './endpoints-options.ts';
import { failOver, type Timed } from './fail-over.ts';

/**
 * One call, several places that give the same answer: regions, deployments, keys, a second provider
 * of the same API. Whoever calls writes the address of one of them; the base is swapped, and the path
 * stays. Other addresses go where they say.
 *
 * An endpoint is left for what is its own fault: it fails, it throttles, its key is revoked or used
 * up. A request that is wrong in itself (400, 404, 422) goes nowhere else. A request that must not be
 * sent twice goes on only if the first endpoint has not acted on it. What works is stayed with; one
 * that is preferred is tried again by single calls, and has its place back when it answers.
 *
 * Each endpoint has a key of its own, so that the policies inside limit it, and open its circuit,
 * apart from the others. Put it inside the retry and outside limits and circuit breaker. It works
 * inside a wrapped fetch only.
 *
 * Where all have failed the caller gets the failure that tells most: a used-up key before a throttle,
 * a throttle before a 503, a 503 before a lost connection.
 *
 * @param list - the endpoints, the preferred one first
 * @throws {@link OptionError} for a list, or options, that cannot work.
 *
 * @example
 * const regions = endpoints([{ url: 'https://eu.example.com/v1' }, { url: 'https://us.example.com/v1' }]);
 * const fetch = resilientFetch(globalThis.fetch, { endpoints: regions });
 * const response = await fetch('https://eu.example.com/v1/things');
 */
export function endpoints(list: readonly EndpointOptions[], options?: EndpointsOptions): Policy {
  const settings = readEndpointsOptions(options);
  const { clock, onEvent } = settings;
  const group = new EndpointGroup(readEndpointList(list), settings);
  const bounds = new Map<Endpoint, Wrap>();
  for (const endpoint of group.endpoints) {
    const { firstByteTimeoutMs: timeoutMs = settings.firstByteTimeoutMs } = endpoint;
    if (!timeoutMs) continue;
    const [bound] = layersOf(timeout({ timeoutMs, clock, onEvent }));
    bounds.set(endpoint, bound as Wrap);
  }
  const timed: Timed = (endpoint, innermost) => bounds.get(endpoint)?.wrap(innermost) ?? innermost;

  const endpointsWrap: Wrap = {
    onEvent,
    wrap: (next: Next) => (context) =>
      // A hook of the user's own may throw, and a budget.
      failOver(context, next, group, timed).catch((error: unknown) => context.refuse(error)),
  };
  return policyOf([group.controlled(endpointsWrap)], { clock, repeats: true });
}
