import type { Policy } from '../core/policy.ts';
import { circuitBreaker } from '../policies/circuit-breaker/circuit-breaker.ts';
import { tokenBucket } from '../policies/rate-limit/token-bucket.ts';
import {
  joinParts,
  standardParts,
  type PartMakers,
  type StandardStackSettings,
} from './standard-stack.ts';

/** The layers of `holdfast`, which learn what the server accepts and which route fails alone. */
export const WHOLE_PARTS: PartMakers = { tokenBucket, circuitBreaker };

/** The standard stack of `holdfast`. */
export const standardStack = (settings: StandardStackSettings): Policy =>
  joinParts(standardParts(settings, WHOLE_PARTS), settings);
