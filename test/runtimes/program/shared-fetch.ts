import { reportOf, resilientFetch } from 'holdfast';

/**
 * One wrapped fetch for all requests of a Worker, made when the module is loaded: what a Worker's
 * author writes first. In Workers a timer and a promise belong to the request that made them, and
 * end with it.
 */
const shared = resilientFetch(undefined, {
  attemptTimeoutMs: 1500,
  retry: { maxRetries: 1, baseDelayMs: 1 },
  circuitBreaker: false,
});
const paced = resilientFetch(undefined, { rateLimit: { ratePerSecond: 2, burst: 1 } });

/** Calls the address that it is asked for, and tells what came of it. */
export async function answerSharedFetch(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const fetch = searchParams.has('paced') ? paced : shared;
  try {
    const response = await fetch(searchParams.get('url') ?? '');
    const attempts = reportOf(response)?.attempts.length;
    return Response.json({ status: response.status, body: await response.text(), attempts });
  } catch (error) {
    const { name, message } = error as Error;
    return Response.json({ name, message });
  }
}
