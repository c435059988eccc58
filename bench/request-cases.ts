/** A client: it makes one request and reads its body to the end. */
export type Client = (url: string) => Promise<string>;

export interface RequestCase {
  readonly name: string;
  /** Loads what it needs, and nothing else. */
  readonly prepare: () => Promise<Client>;
}

/** The time that a client without a default of its own is given: the attempt timeout of holdfast. */
export const TIMEOUT_MS = 300_000;
