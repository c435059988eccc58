import { aiStreams } from './ai-streams.ts';
import { ondemandContract } from './ondemand-contract.ts';

/**
 * The OnDemand API: media, plugins, chat and services.
 *
 * Its error contract gives the twelve codes, and documents backoff on 429, 502, 503 and 504 for
 * every method; it also says that the list is not complete, so an unknown code falls back to its
 * status. A streamed query is read as a stream: `eventStreams()`.
 */
export const ondemand: typeof ondemandContract = Object.freeze({
  ...ondemandContract,
  streams: aiStreams,
});
