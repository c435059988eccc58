export {
  BOTTLENECK_LIMITER_DEFAULTS,
  bottleneckLimiter,
  type BottleneckLimiterOptions,
} from './adapters/bottleneck.ts';
