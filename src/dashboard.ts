export {
  DASHBOARD_DEFAULTS,
  dashboard,
  type Dashboard,
  type DashboardActions,
  type DashboardOptions,
  type DashboardRequest,
  type Watchable,
} from './adapters/dashboard/dashboard.ts';
export type { NodeRequestLike, NodeResponseLike } from './adapters/dashboard/node-handler.ts';
export type {
  CircuitChangeSnapshot,
  CircuitSnapshot,
  DashboardSnapshot,
  FailedAttemptSnapshot,
  FailureSnapshot,
  KeySnapshot,
  LatencySnapshot,
  PaceSnapshot,
  PauseSnapshot,
  RouteCircuitSnapshot,
  TroubleSnapshot,
} from './adapters/dashboard/snapshot.ts';
