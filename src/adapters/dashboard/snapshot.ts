/** A failure in the words of the one who sent it: never more than its status, its code and a cleaned message. */
export interface FailureSnapshot {
  readonly category: string;
  readonly status: number | null;
  readonly errorCode: string | null;
  readonly message: string | null;
}

/** A circuit as it stands. Moments are milliseconds since 1970, as everywhere in a snapshot. */
export interface CircuitSnapshot {
  readonly state: 'closed' | 'open' | 'half-open';
  /** The moment of its latest change; `null` where nobody was watching then. */
  readonly since: number | null;
  /** The moment of the next probe; `null` while it is not open, or was opened by hand. */
  readonly nextProbeAt: number | null;
  /** Open until somebody closes it. */
  readonly isByHand: boolean;
  readonly because: FailureSnapshot | null;
}

/** The circuit of one route that fails alone. */
export interface RouteCircuitSnapshot extends CircuitSnapshot {
  readonly route: string;
}

/** A limit that lets nothing through for a while. */
export interface PauseSnapshot {
  /** `null` where everything with these credentials is paused. */
  readonly route: string | null;
  readonly until: number;
  readonly because: FailureSnapshot;
}

/** A pace that was learned from throttles. */
export interface PaceSnapshot {
  /** `null` where everything with these credentials keeps to it. */
  readonly route: string | null;
  readonly ratePerSecond: number;
}

/** A limit in requests, tokens or other units. */
export interface UsageSnapshot {
  readonly unit: string;
  readonly perMs: number;
  readonly amount: number;
  /** Below 0 where calls used more than they took. */
  readonly left: number;
}

/** A change of a circuit. */
export interface CircuitChangeSnapshot {
  readonly at: number;
  /** `null` for the circuit of the key. */
  readonly route: string | null;
  readonly from: string;
  readonly to: string;
  readonly because: FailureSnapshot | null;
}

/** A failure of the present trouble, and how often it came. */
export interface TroubleSnapshot extends FailureSnapshot {
  readonly times: number;
}

/** A failed attempt, and what was done about it. */
export interface FailedAttemptSnapshot extends FailureSnapshot {
  readonly at: number;
  readonly route: string | null;
  /** Counted from 1. */
  readonly attempt: number;
  readonly decision: string;
}

/** The times until successful attempts had an answer, in milliseconds. */
export interface LatencySnapshot {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
}

/**
 * What is counted of a key. `calls` are those that were sent, `turnedAway` those that were refused
 * before their first attempt; `refused` counts the refusals of repetitions too. Attempts that were
 * `notNeeded` ended since another one was answered first; `streamsFailed` had begun well.
 */
export const COUNTERS = [
  'calls',
  'turnedAway',
  'success',
  'retryable',
  'throttle',
  'fatal',
  'aborted',
  'notNeeded',
  'streamsFailed',
  'refused',
  'retries',
  'hedged',
  'failedOver',
  'fallbacks',
  'coalesced',
] as const;

/** The name of something that is counted. */
export type Counter = (typeof COUNTERS)[number];

/** How many columns a history has, the newest last. */
export const COLUMNS = 60;
/** How long one column is, in milliseconds. */
export const COLUMN_MS = 5_000;
/** How many columns make the last minute. */
export const COLUMNS_OF_A_MINUTE = 12;
/** How many columns say how it goes lately; the newest of them is under way. */
export const COLUMNS_LATELY = 3;

/** The counters that a history shows. */
export const SERIES = ['success', 'throttle', 'retryable', 'fatal', 'refused'] as const;

/** One key of one fetch as it stands. */
export interface KeySnapshot {
  /** The same for as long as the dashboard lives. */
  readonly id: string;
  /** The name that a person has for it. */
  readonly name: string;
  readonly key: string;
  readonly circuit: CircuitSnapshot | null;
  readonly routes: readonly RouteCircuitSnapshot[];
  readonly pauses: readonly PauseSnapshot[];
  readonly paces: readonly PaceSnapshot[];
  readonly waiting: number;
  /** Since when the oldest waiter waits. */
  readonly waitingSince: number | null;
  readonly budget: { readonly tokens: number; readonly mostTokens: number } | null;
  readonly concurrency: {
    readonly limit: number;
    readonly inFlight: number;
    readonly waiting: number;
  } | null;
  readonly hedging: {
    readonly delayMs: number | null;
    readonly heldBackBecause: string | null;
  } | null;
  /** Requests under way that several callers share; `null` where none may. */
  readonly sharing: { readonly requests: number; readonly callers: number } | null;
  /** The limits in units, for each scope. */
  readonly usage: readonly UsageSnapshot[];
  readonly store: {
    readonly state: 'joined' | 'alone';
    readonly members: number;
    readonly failure: string | null;
    /** Set while all processes have stopped, since the server accepts nothing. */
    readonly stop: {
      readonly since: number;
      /** When one of them tries. */
      readonly until: number;
      readonly throttles: number;
    } | null;
  } | null;
  /** Counts of the last minute. */
  readonly lastMinute: Readonly<Record<Counter, number>>;
  /** Counts of the last 10 to 15 s. */
  readonly lately: Readonly<Record<Counter, number>>;
  /** Successful attempts in a second, over the last 10 to 15 s. */
  readonly acceptedPerSecond: number;
  /** `null` where nothing succeeded in the last minute. */
  readonly latency: LatencySnapshot | null;
  /** Counts for each column of the last five minutes. */
  readonly history: Readonly<Record<(typeof SERIES)[number], readonly number[]>>;
  /** The worst state in each column: `c`losed, `p`artly (routes only), `h`alf-open, `o`pen. */
  readonly circuitHistory: string;
  readonly circuitChanges: readonly CircuitChangeSnapshot[];
  /** Failures since the latest quiet half minute, the most frequent first; `null` without any. */
  readonly trouble: {
    readonly since: number;
    readonly lastAt: number;
    readonly failures: readonly TroubleSnapshot[];
  } | null;
  /** The newest first. */
  readonly failedAttempts: readonly FailedAttemptSnapshot[];
  readonly lastRefusal: {
    readonly at: number;
    readonly by: string;
    readonly because: string;
  } | null;
}

/** Everything that a dashboard shows, as JSON. */
export interface DashboardSnapshot {
  readonly title: string;
  /** When it was taken. */
  readonly at: number;
  /** Whether pauses can be lifted and circuits worked, with a token. */
  readonly actions: boolean;
  /** Keys that are not shown, since there are more than `maxKeys`. */
  readonly leftOut: number;
  /** Why nothing newer can be shown; `null` where it can. */
  readonly problem: string | null;
  readonly keys: readonly KeySnapshot[];
}
