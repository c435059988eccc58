/** What the caller's side tells the upstream of a call that is over. */
export interface FinishedCall {
  readonly id: string;
  /** How often it was handed to fetch. */
  readonly sent: number;
  /** Whether a request that may have been acted on must not come again. */
  readonly isUnsafe: boolean;
}

export type ToUpstream =
  | { readonly type: 'finished'; readonly calls: readonly FinishedCall[] }
  | { readonly type: 'report' }
  | { readonly type: 'stop' };

export interface UpstreamReport {
  readonly type: 'report';
  readonly requests: number;
  readonly requestsByFault: Readonly<Record<string, number>>;
  readonly connectionsOpen: number;
  readonly breaches: readonly string[];
  /** Calls that have arrived and of whose end nobody has told. */
  readonly openCalls: number;
}

export type FromUpstream =
  | {
      readonly type: 'ready';
      readonly faulty: string;
      readonly raw: string;
      readonly refused: string;
    }
  | UpstreamReport;
