export { simulatedWorld, WORLD_DEFAULTS } from './adapters/simulator/world.ts';
export type { World, WorldOptions } from './adapters/simulator/world.ts';
export { seededRandom } from './adapters/simulator/random.ts';
export type { Random } from './adapters/simulator/random.ts';
export {
  exponential,
  logNormal,
  mixed,
  steps,
  uniform,
} from './adapters/simulator/distributions.ts';
export type { Amount, Distribution } from './adapters/simulator/distributions.ts';
export { connectionRefused, OK, UNAVAILABLE } from './adapters/simulator/server.ts';
export type {
  Answer,
  Reply,
  Server,
  StatusAnswer,
  ThrownAnswer,
} from './adapters/simulator/server.ts';
export type { ServerRequest } from './adapters/simulator/server-request.ts';
export { fetchTo } from './adapters/simulator/server-fetch.ts';
export type { AttemptRecord, FetchToOptions } from './adapters/simulator/server-fetch.ts';
export { queueServer } from './adapters/simulator/queue-server.ts';
export type { QueueServerOptions } from './adapters/simulator/queue-server.ts';
export { collapsingServer, delayServer } from './adapters/simulator/delay-server.ts';
export {
  answering,
  blackHole,
  during,
  failing,
  pausing,
  refusing,
  silent,
} from './adapters/simulator/faults.ts';
export type { FailingOptions, PausingOptions, Period } from './adapters/simulator/faults.ts';
export { byCredential, byPath } from './adapters/simulator/routing.ts';
export { closedLoad, poissonLoad, steadyLoad } from './adapters/simulator/loads.ts';
export type {
  ClosedLoadOptions,
  Load,
  PoissonLoadOptions,
  StartCall,
  SteadyLoadOptions,
} from './adapters/simulator/loads.ts';
export { startFleet } from './adapters/simulator/fleet.ts';
export type {
  CallRequest,
  Client,
  ClientParts,
  ClientResponse,
  Fleet,
  FleetOptions,
} from './adapters/simulator/fleet.ts';
export type { CallRecord } from './adapters/simulator/call-record.ts';
export {
  answeredShare,
  answersIn,
  answersWithStatus,
  attemptsPerCall,
  callsFrom,
  goodputPerSecond,
  isAnswered,
  jainIndex,
  latenciesOf,
  lostCalls,
  percentile,
  shareUsed,
  throttlesPerThousand,
} from './adapters/simulator/measures.ts';
export type { InTime, Span } from './adapters/simulator/measures.ts';
export { recoveryMs } from './adapters/simulator/recovery.ts';
export type { RecoveryOptions } from './adapters/simulator/recovery.ts';
export { instantServer } from './adapters/simulator/instant-server.ts';
export { tokenBucketLimit } from './adapters/simulator/limits/token-bucket-limit.ts';
export type { TokenBucketLimitOptions } from './adapters/simulator/limits/token-bucket-limit.ts';
export type { RateSteps } from './adapters/simulator/rate-steps.ts';
export { gcraLimit } from './adapters/simulator/limits/gcra-limit.ts';
export type { GcraLimitOptions } from './adapters/simulator/limits/gcra-limit.ts';
export { fixedWindowLimit, slidingLogLimit } from './adapters/simulator/limits/window-limits.ts';
export type { WindowLimitOptions } from './adapters/simulator/limits/window-limits.ts';
export { serverConcurrencyLimit } from './adapters/simulator/limits/concurrency-limit.ts';
export { exhaustedLimit } from './adapters/simulator/limits/exhausted-limit.ts';
export { HINTS } from './adapters/simulator/limits/hints.ts';
export type { Hint } from './adapters/simulator/limits/hints.ts';
export {
  announcedByRateLimit,
  announcedByXRateLimit,
} from './adapters/simulator/limits/announcements.ts';
export type { Announcement, ResetPrecision } from './adapters/simulator/limits/announcements.ts';
export { banning, limited } from './adapters/simulator/limits/limited-server.ts';
export type { BanningOptions, LimitedOptions } from './adapters/simulator/limits/limited-server.ts';
export type { Limit, LimitDecision } from './adapters/simulator/limits/limit.ts';
export { SCENARIOS } from './adapters/simulator/scenarios/scenarios.ts';
export type { ScenarioName } from './adapters/simulator/scenarios/scenarios.ts';
export { runScenario } from './adapters/simulator/scenarios/run-scenario.ts';
export type {
  RunScenarioOptions,
  ScenarioRun,
} from './adapters/simulator/scenarios/run-scenario.ts';
export type {
  Scenario,
  ScenarioParameter,
  StagedScenario,
  Trouble,
} from './adapters/simulator/scenarios/scenario.ts';
export type {
  CircuitCounts,
  ScenarioSecond,
} from './adapters/simulator/scenarios/scenario-second.ts';
export type { ScenarioTotals } from './adapters/simulator/scenarios/scenario-totals.ts';
export type {
  ClientReading,
  ReadableClient,
} from './adapters/simulator/scenarios/client-reading.ts';
export {
  breakingClient,
  retryingClient,
  withoutRetries,
} from './adapters/simulator/scenarios/plain-clients.ts';
export type {
  BreakingClientOptions,
  PlainClientOptions,
} from './adapters/simulator/scenarios/plain-clients.ts';
