/** One call of a client, as its caller saw it. Times are virtual milliseconds. */
export interface CallRecord {
  readonly url: string;
  /** The number of the client in its fleet. */
  readonly client: number;
  /** The number of the caller in a closed load. */
  readonly caller: number | undefined;
  readonly startedAt: number;
  /** `undefined` while it is under way. */
  endedAt: number | undefined;
  /** Whether it ended with an answer: neither 5xx nor 429 nor an error. */
  answered: boolean;
  /** How it ended: a status, holdfast's `kind` of an error, or an error's name. */
  end: string | undefined;
  /** How many requests it sent, where the client hands its `init` on. */
  attempts: number;
}
