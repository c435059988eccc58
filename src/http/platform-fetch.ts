import { disguise, type Fetch } from './fetch.ts';

/**
 * Looked up at each call, so that what replaces the global fetch later is used too. With as many
 * arguments as were given: a browser takes an argument that is `undefined` for an address.
 */
export const platformFetch: Fetch = disguise((...request) => globalThis.fetch(...request), {
  name: 'fetch',
  length: 1,
});
