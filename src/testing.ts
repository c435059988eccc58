export { virtualClock, VIRTUAL_CLOCK_DEFAULTS } from './adapters/testing/virtual-clock.ts';
export type { VirtualClock, VirtualClockOptions } from './adapters/testing/virtual-clock.ts';
export { scriptedFetch } from './adapters/testing/scripted-fetch.ts';
export type { ScriptedFetch, ScriptedFetchOptions } from './adapters/testing/scripted-fetch.ts';
export { networkError, repeat } from './adapters/testing/script.ts';
export type {
  RepeatedStep,
  ScriptedCall,
  ScriptedFailure,
  ScriptedFunction,
  ScriptedReply,
  ScriptedStep,
} from './adapters/testing/script.ts';
export { faultyServer } from './adapters/testing/faulty-server.ts';
export type {
  FaultyServer,
  FaultyServerOptions,
  ReceivedRequest,
  ServerCounts,
} from './adapters/testing/faulty-server.ts';
export { ondemandFault } from './adapters/testing/faults.ts';
export type {
  AnswerFault,
  ErrorFault,
  Fault,
  NeverAnswersFault,
  NoFault,
  NotHttpFault,
  ResetFault,
  RetryAfterHint,
  SlowBodyFault,
  SlowHeadersFault,
  TruncatedBodyFault,
} from './adapters/testing/faults.ts';
export { parseFault } from './adapters/testing/fault-notation.ts';
export type { RequestedFault } from './adapters/testing/fault-notation.ts';
export type { FaultScope, ServerRateLimit } from './adapters/testing/fault-plan.ts';
export {
  ONDEMAND_ERRORS,
  ONDEMAND_ERROR_CODES,
  ondemandErrorBody,
} from './adapters/testing/ondemand-errors.ts';
export type {
  OndemandEnvelope,
  OndemandError,
  OndemandErrorCode,
} from './adapters/testing/ondemand-errors.ts';
export { RETRY_AFTER_FORMS, retryAfterHeader } from './adapters/testing/retry-after-forms.ts';
export type { RetryAfterForm } from './adapters/testing/retry-after-forms.ts';
