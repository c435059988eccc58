/** A response as plain data, with a body that has been read. */
export interface StoredResponse {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly type: Response['type'];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** When the server made it, in milliseconds since 1970: when it came, less its `Age`. */
  readonly bornAt: number;
}

/** Where last good responses are kept. It may throw or reject: the call goes on without it. */
export interface ResponseStore {
  get(id: string): StoredResponse | undefined | PromiseLike<StoredResponse | undefined>;
  /** Takes a response in place of the one before; the store bounds itself. */
  set(id: string, response: StoredResponse): unknown;
}

/** Keeps so many responses in memory; the least recently used leave first. */
export class ResponseMemory implements ResponseStore {
  readonly #responses = new Map<string, StoredResponse>();
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get(id: string): StoredResponse | undefined {
    const response = this.#responses.get(id);
    if (response !== undefined) this.set(id, response);
    return response;
  }

  set(id: string, response: StoredResponse): void {
    this.#responses.delete(id);
    this.#responses.set(id, response);
    if (this.#responses.size <= this.#maxEntries) return;
    const [oldest] = this.#responses.keys();
    if (oldest !== undefined) this.#responses.delete(oldest);
  }
}
