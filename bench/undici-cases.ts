import type { Dispatcher } from 'undici';
import { loadHoldfastForUndici } from './package-under-test.ts';
import { TIMEOUT_MS, type Client, type RequestCase } from './request-cases.ts';

export const BARE_REQUEST = 'bare request';
export const REQUEST_DEFAULTS = 'holdfast/undici, defaults';

/** Requests through an agent of their own, composed with nothing but what `compose` puts around it. */
async function through(compose: (agent: Dispatcher) => Dispatcher): Promise<Client> {
  const { Agent, request } = await import('undici');
  const dispatcher = compose(new Agent());
  return async (url) => {
    const { body } = await request(url, { dispatcher });
    return body.text();
  };
}

const bare = () => through((agent) => agent);

/** What users put around an undici dispatcher. The second case shows the noise. */
export const UNDICI_CASES: readonly RequestCase[] = [
  { name: BARE_REQUEST, prepare: bare },
  { name: 'bare request once more (the noise)', prepare: bare },
  {
    name: 'request with AbortSignal.timeout',
    prepare: async () => {
      const { Agent, request } = await import('undici');
      const dispatcher = new Agent();
      return async (url) => {
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const { body } = await request(url, { dispatcher, signal });
        return body.text();
      };
    },
  },
  {
    name: 'holdfast/undici, no timeouts',
    prepare: async () => {
      const { resilient } = await loadHoldfastForUndici();
      const interceptor = resilient({ attemptTimeoutMs: false, totalTimeoutMs: false });
      return through((agent) => agent.compose(interceptor));
    },
  },
  {
    name: REQUEST_DEFAULTS,
    prepare: async () => {
      const { resilient } = await loadHoldfastForUndici();
      return through((agent) => agent.compose(resilient()));
    },
  },
  {
    name: "undici's own retry interceptor",
    prepare: async () => {
      const { interceptors } = await import('undici');
      return through((agent) => agent.compose(interceptors.retry()));
    },
  },
];
