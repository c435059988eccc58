export { virtualClock, VIRTUAL_CLOCK_DEFAULTS } from './adapters/testing/virtual-clock.ts';
export type { VirtualClock, VirtualClockOptions } from './adapters/testing/virtual-clock.ts';
export { scriptedFetch } from './adapters/testing/scripted-fetch.ts';
export type {
  ScriptedCall,
  ScriptedFetch,
  ScriptedFetchOptions,
} from './adapters/testing/scripted-fetch.ts';
export { networkError, repeat } from './adapters/testing/script.ts';
export type {
  RepeatedStep,
  ScriptedFailure,
  ScriptedFunction,
  ScriptedReply,
  ScriptedStep,
} from './adapters/testing/script.ts';
