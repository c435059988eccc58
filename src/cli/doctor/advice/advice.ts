import type { Diagnosis } from '../diagnosis.ts';
import type { Finding } from '../findings.ts';
import type { ServerRecord } from '../server-record.ts';

/** A setting that should be other than its default, with what shows it. */
export interface Advice {
  /** The option: `attemptTimeoutMs`, `retry.maxRetryAfterMs`. */
  readonly setting: string;
  /** The server that it is for; `undefined` where it is for requests of unknown address. */
  readonly origin: string | undefined;
  /** As JSON; a name for a catalog. `undefined` where only the user can know it. */
  readonly value: string | number | undefined;
  /** Whether it depends on what the user wants, so that it is no setting for everybody. */
  readonly isConditional: boolean;
  /** What to do, in a sentence. */
  readonly advice: string;
  /** What in the log shows it. */
  readonly evidence: string;
}

/** One server, and what its failures are. */
export interface Case {
  readonly server: ServerRecord;
  readonly findings: readonly Finding[];
  readonly diagnosis: Diagnosis;
}

/** Looks at a server for one setting; gives nothing where there is no evidence. */
export type Adviser = (one: Case) => readonly Advice[];
