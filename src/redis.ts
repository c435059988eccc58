export { redisTokenBucket, type RedisTokenBucket } from './adapters/redis/redis-token-bucket.ts';
export {
  REDIS_TOKEN_BUCKET_DEFAULTS,
  type RedisTokenBucketOptions,
} from './adapters/redis/redis-token-bucket-options.ts';
export type {
  CallsCommands,
  RedisClient,
  RoutesCommands,
  SendCommand,
  SendsCommands,
} from './adapters/redis/redis-client.ts';
export type { OnStoreError } from './adapters/redis/without-store.ts';
export type {
  FleetResumedEvent,
  FleetStoppedEvent,
  StoreErrorEvent,
  StoreRecoveredEvent,
} from './adapters/redis/redis-events.ts';
export type { StoreErrorKind } from './adapters/redis/store-errors.ts';
export { redisCircuitBreaker } from './adapters/redis/redis-circuit-breaker.ts';
export {
  REDIS_CIRCUIT_BREAKER_DEFAULTS,
  type RedisCircuitBreakerOptions,
} from './adapters/redis/redis-circuit-breaker-options.ts';
