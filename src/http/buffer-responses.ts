import { disguise, type Fetch } from './fetch.ts';

/**
 * Makes a fetch that hands a success over only when its whole body is there, in memory. Around a
 * bare fetch and inside a resilient one, a body that breaks off is a failure of its attempt like
 * any other: retried where the request may be, and bounded by the attempt's timeout.
 *
 * Not for streams that are to be read as they come. The body of a failure is left alone.
 *
 * @example
 * const fetch = resilientFetch(bufferResponses(globalThis.fetch));
 */
export function bufferResponses(next: Fetch): Fetch {
  const buffering: Fetch = async (...request) => {
    const response = await next(...request);
    if (response.ok && response.body !== null) await readAhead(response);
    return response;
  };
  return disguise(buffering, next);
}

/** Reading one branch of a tee to its end leaves the whole body ready in the other. */
async function readAhead(response: Response): Promise<void> {
  const reader = response.clone().body?.getReader();
  try {
    while (reader && !(await reader.read()).done) continue;
  } catch (error) {
    response.body?.cancel().catch(() => {});
    throw error;
  }
}
