import type { CircuitState } from '../../../policies/circuit-breaker/circuit-state.ts';
import { controlOf } from '../../../policies/control.ts';
import { wrappingOf } from '../../../policies/wrapping.ts';
import type { Client } from '../fleet.ts';

/** How a client stands at a moment. */
export interface ClientReading {
  /** Its circuit for the host; left out where it has none. */
  readonly circuit?: CircuitState | undefined;
  /** How many routes have a circuit of their own that is not closed. @defaultValue 0 */
  readonly openRoutes?: number | undefined;
  /** The tokens in its retry budget; left out where it has none. */
  readonly budget?: number | undefined;
  /** How many calls it holds back. @defaultValue 0 */
  readonly waiting?: number | undefined;
}

/** A client that can be looked at. A fetch that holdfast has wrapped can be without this. */
export type ReadableClient = Client & { readonly reading?: () => ClientReading };

/** How a client stands with a host: what it says itself, or what holdfast's control says of it. */
export function readClient(client: ReadableClient, key: string): ClientReading {
  if (client.reading !== undefined) return client.reading();
  if (wrappingOf(client) === undefined) return {};
  const { circuit, routes, budget, waiting } = controlOf(client).state(key);
  const openRoutes = Object.values(routes).filter(({ state }) => state !== 'closed').length;
  return { circuit: circuit?.state, openRoutes, budget: budget?.tokens, waiting };
}
