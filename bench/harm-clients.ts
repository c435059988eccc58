import { resilientFetch } from 'holdfast';

/** Makes one call; a response of any status, or an error. */
export type Ask = (url: string, init: RequestInit) => Promise<Response>;

/** An answer that a client's user would want repeated, as an error. */
class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly response: Response;

  constructor(response: Response) {
    super(`the server answered ${response.status}`);
    this.response = response;
  }
}

const isWorthRepeating = ({ status }: Response) => status === 429 || status >= 500;

async function fetchOrThrow(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!isWorthRepeating(response)) return response;
  await response.text();
  throw new StatusError(response);
}

const RETRIES = 3;

export const HOLDFAST = 'holdfast, defaults';
export const BARE = 'bare fetch';

/** The clients, each as a sensible user sets it up; made once in a process. */
export const CLIENTS: Readonly<Record<string, () => Promise<Ask>>> = {
  [BARE]: async () => (url, init) => fetch(url, init),
  'p-retry': async () => {
    const { default: pRetry } = await import('p-retry');
    return (url, init) =>
      pRetry(() => fetchOrThrow(url, init), { retries: RETRIES, randomize: true });
  },
  ky: async () => {
    const { default: ky } = await import('ky');
    const client = ky.create({ retry: { limit: RETRIES, jitter: true } });
    return (url, init) => client(url, init);
  },
  'cockatiel retry + breaker': async () => {
    const library = await import('cockatiel');
    const { handleAll, handleWhen } = library;
    // A 429 is no sign that the server is down.
    const isDown = (error: Error) =>
      !(error instanceof StatusError) || error.response.status >= 500;
    const policy = library.wrap(
      library.retry(handleAll, {
        maxAttempts: RETRIES,
        backoff: new library.ExponentialBackoff(),
      }),
      library.circuitBreaker(handleWhen(isDown), {
        halfOpenAfter: 5000,
        breaker: new library.SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
      }),
    );
    return (url, init) => policy.execute(() => fetchOrThrow(url, init));
  },
  [HOLDFAST]: async () => resilientFetch(),
};

/** When to come back, in milliseconds, where an error says so. */
export function retryAfterOf(error: unknown): number | undefined {
  const { retryAfterMs } = (error ?? {}) as { retryAfterMs?: unknown };
  return typeof retryAfterMs === 'number' ? retryAfterMs : undefined;
}

/** How a failed call ended: the status that the client hands over, or the name of the error. */
export function endOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { response } = error as { response?: { status?: unknown } };
  if (typeof response?.status === 'number') return String(response.status);
  const { code } = (error.cause ?? {}) as { code?: unknown };
  if (typeof code === 'string') return code;
  // cockatiel names its errors by their classes alone.
  return error.name === 'Error' ? error.constructor.name : error.name;
}
