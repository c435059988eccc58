/** How the test server answers one request. */
export interface Step {
  /** @defaultValue 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Before the headers. */
  readonly delayMs?: number;
  /** The whole body, … */
  readonly body?: string;
  /** … or its pieces, … */
  readonly chunks?: readonly string[];
  /** … and how long after one another they come. */
  readonly chunkDelayMs?: number;
  /**
   * `'reset'`, `'close'` and `'garbage'` instead of an answer, `'hang'` for none, `'truncate'`
   * for an answer that breaks off after its body has begun.
   */
  readonly fault?: 'reset' | 'close' | 'garbage' | 'hang' | 'truncate';
}

/** A request as the test server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As spelled and in order. */
  readonly headerNames: readonly string[];
  /** One character for each byte. */
  body: string;
  /** Milliseconds by the server's clock. */
  readonly arrivedAt: number;
  /** Whether the client was gone before the answer had ended. */
  leftEarly: boolean;
}

/** A server that will answer a script's requests one step after the other; the last step repeats. */
export interface Script {
  readonly url: string;
  /** What has come in so far. */
  seen(): Promise<readonly SeenRequest[]>;
  /** What has come in, once there are so many and `ready` holds of them; bounded to two seconds. */
  seenOnce(
    count: number,
    ready?: (seen: readonly SeenRequest[]) => boolean,
  ): Promise<readonly SeenRequest[]>;
}

/** How a program reaches the test server, by the runtime's own fetch. */
export class Scripts {
  readonly #serverUrl: string;
  #count = 0;

  constructor(serverUrl: string) {
    this.#serverUrl = serverUrl;
  }

  async play(...steps: readonly Step[]): Promise<Script> {
    const id = `s${(this.#count += 1)}-${Math.random().toString(36).slice(2)}`;
    const stored = await fetch(`${this.#serverUrl}/script/${id}`, {
      method: 'POST',
      body: JSON.stringify(steps),
    });
    if (stored.status !== 204) throw new Error(`the script was answered ${stored.status}`);
    const seen = async (): Promise<readonly SeenRequest[]> => {
      const response = await fetch(`${this.#serverUrl}/seen/${id}`);
      return (await response.json()) as readonly SeenRequest[];
    };
    return {
      url: `${this.#serverUrl}/run/${id}`,
      seen,
      async seenOnce(count, ready = () => true) {
        let requests = await seen();
        for (let round = 0; round < 40; round += 1) {
          if (requests.length >= count && ready(requests)) break;
          await pause(50);
          requests = await seen();
        }
        return requests;
      },
    };
  }
}

export const pause = (delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
