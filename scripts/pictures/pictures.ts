import {
  coalescePicture,
  fallbackPicture,
  retryPicture,
  timeoutPicture,
} from './policies-in-lanes.ts';
import {
  circuitBreakerPicture,
  concurrencyPicture,
  endpointsPicture,
  hedgePicture,
  tokenBucketPicture,
  usageLimitsPicture,
} from './policies-over-time.ts';

/** Where they stand in the repository. */
export const PICTURES_FOLDER = 'docs/plots/policies';

/** The picture of each policy as SVG, by the name of its page: runs of the library in virtual time. */
export const PICTURES: Readonly<Record<string, () => Promise<string>>> = {
  'circuit-breaker': circuitBreakerPicture,
  coalesce: coalescePicture,
  'concurrency-limit': concurrencyPicture,
  endpoints: endpointsPicture,
  fallback: fallbackPicture,
  hedge: hedgePicture,
  retry: retryPicture,
  timeout: timeoutPicture,
  'token-bucket': tokenBucketPicture,
  'usage-limits': usageLimitsPicture,
};
