/** The evidence that the body of an error gives. */
export interface BodyEvidence {
  /** Machine codes: first the one that a caller wants, then what else may decide. */
  readonly codes: readonly string[];
  /** Those of the codes that stand only where the API may repeat what the caller sent. */
  readonly echoedCodes: readonly string[];
  readonly message: string | undefined;
  /** Further prose that may decide: upstream messages, the ids of violated quotas. */
  readonly remarks: readonly string[];
  /** The body says outright whether to retry. */
  readonly retryable: boolean | undefined;
  /** The waits that it states. */
  readonly waits: readonly BodyWait[];
  /** An HTTP status that the body gives itself, for APIs that answer 200 to everything. */
  readonly status: number | undefined;
  /** The body is unmistakably an error, whatever the status of the response. */
  readonly isError: boolean;
}

/** A wait that a body states, as it is spelled. `interval` counts for OAuth's `slow_down` only. */
export interface BodyWait {
  readonly unit: 'seconds' | 'milliseconds' | 'moment' | 'interval';
  readonly value: unknown;
  /** It stands deeper than the error itself, where it may be about anything. */
  readonly isDeep: boolean;
}

/** The evidence of a body that says nothing. */
export const NO_EVIDENCE: BodyEvidence = Object.freeze({
  codes: [],
  echoedCodes: [],
  message: undefined,
  remarks: [],
  retryable: undefined,
  waits: [],
  status: undefined,
  isError: false,
});
