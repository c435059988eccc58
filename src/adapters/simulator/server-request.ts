/** A request as it arrives at a simulated server. */
export class ServerRequest {
  readonly url: string;
  readonly method: string;
  /** When the client sent it, in virtual milliseconds. */
  readonly sentAt: number;
  /** The number of the client in its fleet; `undefined` outside fleets. */
  readonly client: number | undefined;
  readonly #headers: HeadersInit | undefined;

  constructor(
    input: string | URL | Request,
    init: RequestInit | undefined,
    sentAt: number,
    client?: number,
  ) {
    const request = typeof input === 'object' && 'url' in input ? input : undefined;
    this.url = request?.url ?? String(input as string | URL);
    this.method = init?.method ?? request?.method ?? 'GET';
    this.sentAt = sentAt;
    this.client = client;
    this.#headers = init?.headers ?? request?.headers;
  }

  /** The path of the address, without its query. */
  get path(): string {
    return new URL(this.url).pathname;
  }

  /** A header's value; `undefined` where it was not sent. */
  header(name: string): string | undefined {
    return this.#headers === undefined
      ? undefined
      : (new Headers(this.#headers).get(name) ?? undefined);
  }
}
