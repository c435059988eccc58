type Result = ReadableStreamReadResult<Uint8Array>;

/** The body of an answer as it comes: a read that was begun and is not wanted yet is not lost. */
export class ChunkSource {
  /** Chunks that have been read and not been handed on. */
  readonly held: Uint8Array[] = [];
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Since when nothing has come, where a chunk was asked for before the body was handed on. */
  quietSince: number | undefined;
  #asked: Promise<Result> | undefined;

  constructor(body: ReadableStream<Uint8Array>) {
    this.reader = body.getReader();
  }

  /** The next chunk; the same one until it is {@link taken}. */
  ask(): Promise<Result> {
    return (this.#asked ??= this.reader.read());
  }

  /** The chunk that was asked for has come, and somebody has it. */
  taken(): void {
    this.#asked = undefined;
    this.quietSince = undefined;
  }

  /** Gives the body up, and the socket with it. */
  cancel(reason: unknown): Promise<void> {
    this.held.length = 0;
    return this.reader.cancel(reason);
  }
}
