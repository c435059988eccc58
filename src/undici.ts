export {
  resilient,
  type DispatchKeyOf,
  type DispatchReadingOptions,
  type ResilientDispatcherOptions,
  type ResilientInterceptor,
} from './adapters/undici/resilient.ts';
export type { DispatchOptions } from './adapters/undici/dispatching.ts';
