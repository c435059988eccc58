/** Requests of one kind: what a part of the callers asks for. */
export interface Group {
  readonly name: string;
  readonly perSecond: number;
  readonly method?: 'GET' | 'POST';
  /** The path of the nth request; all paths of a group begin with {@link Group.prefix}. */
  readonly path: (index: number) => string;
  readonly prefix: string;
  /** What the group sends as `authorization`. */
  readonly credential?: string;
}

/** What the server says. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the server knows when it answers. */
export interface Asked {
  readonly group: string;
  /** Which request of its group this is, from 1. */
  readonly count: number;
  /** Seconds since the load began. */
  readonly seconds: number;
  /** Milliseconds since 1970 by the clock that the clients share. */
  readonly epochMs: number;
  /** From 0 to 1, of a sequence that is the same for every client. */
  readonly random: () => number;
  /** How many requests of each window of time the server has let through. */
  readonly accepted: Map<string, number>;
}

/** One call, as its caller saw it. */
export interface Call {
  readonly group: string;
  /** Seconds after the load began. */
  readonly begunAt: number;
  /** From the moment it was due until it ended; for one that is still waiting, until the run did. */
  readonly durationMs: number;
  /** The status of a response; otherwise the name of the error, or that it never ended. */
  readonly end: string;
  /** How many requests its client sent for it. */
  readonly sent: number;
  /** When to come back, in milliseconds, where an error says so. */
  readonly retryAfterMs?: number | undefined;
}

/** How a call ended that had not ended when the run did. */
export const STILL_WAITING = 'still waiting';

/** What one client did in a scenario. */
export interface ClientResult {
  readonly client: string;
  /** The calls whose callers must not notice anything. */
  readonly healthy: readonly Call[];
  /** Those of them that ended as they should, in percent. */
  readonly okPercent: number;
  /** Milliseconds, of the healthy calls that {@link Scenario.percentilesOf} names. */
  readonly p50: number;
  readonly p99: number;
  readonly calls: number;
  /** All requests that the server saw, divided by all calls. */
  readonly sentPerCall: number;
  /** The calls to what fails, and the requests that it saw. */
  readonly failing: readonly Call[];
  readonly sentToFailing: number;
  /** How often time went on although something was still on its way. */
  readonly unsettled: number;
}

export interface Requirement {
  readonly text: string;
  readonly holds: (result: ClientResult, bare: ClientResult) => boolean;
}

/** A row of the table in issue 9, played. */
export interface Scenario {
  /** The number of the row, with a letter where it has several parts. */
  readonly row: string;
  readonly title: string;
  /** How the run differs from the row. */
  readonly scaling: string;
  /** How long callers keep coming, in seconds of the scenario. */
  readonly seconds: number;
  /** How long the last of them may take before they count as waiting for ever. */
  readonly patienceSeconds: number;
  readonly groups: readonly Group[];
  /** How long the server takes for each answer. */
  readonly latencyMs: number;
  readonly answer: (asked: Asked) => Answer;
  /** The calls that must not notice anything, out of all. */
  readonly healthy: (calls: readonly Call[]) => readonly Call[];
  /** The group that fails; may be the only one. */
  readonly failing: string;
  /** How a healthy call ends well. */
  readonly goodEnds: readonly string[];
  /** The heading of the share of calls that did. */
  readonly goodTitle: string;
  /** Whether the percentiles are of these calls, or of all healthy ones. */
  readonly percentilesOf: 'good' | 'all';
  readonly mustBe: readonly Requirement[];
}

/** Which group sent a request. */
export function groupOf(scenario: Scenario, path: string, credential: string | undefined): Group {
  const group = scenario.groups.find(
    (candidate) =>
      path.startsWith(candidate.prefix) &&
      (candidate.credential === undefined || candidate.credential === credential),
  );
  if (group === undefined) throw new Error(`no group of row ${scenario.row} asks for ${path}`);
  return group;
}
