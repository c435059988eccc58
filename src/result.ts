export {
  executeResult,
  resultFetch,
  toResilienceError,
  type ResilienceErrorOptions,
  type ResultFetch,
  type ResultOptions,
} from './adapters/result.ts';
export { readJson, readText } from './adapters/result-body.ts';
export type { ResilienceError } from './http/resilience-error.ts';
