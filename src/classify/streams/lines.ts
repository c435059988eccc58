const LF = 0x0a;
const CR = 0x0d;
const BOM = '\uFEFF';
const NOTHING = new Uint8Array(0);

/**
 * Splits bytes into lines, which end in CR, LF or CRLF. A line is given as soon as its end is there,
 * wherever the chunks are cut: a CR at the end of a chunk ends its line at once.
 *
 * The chunks are only looked at. Kept is the beginning of a line that has not ended; a line above
 * `maxBytes` is passed over, and is given as `undefined`.
 */
export class Lines {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Pieces of the line that has begun in earlier chunks. */
  #begun: Uint8Array[] = [];
  #begunBytes = 0;
  #isFirst = true;
  #endedInCr = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in this chunk, in order; `undefined` for one that is too long. */
  *push(chunk: Uint8Array): Generator<string | undefined, void, undefined> {
    let at = this.#endedInCr && chunk[0] === LF ? 1 : 0;
    if (chunk.byteLength > 0) this.#endedInCr = false;
    let lf = -1;
    let cr = -1;
    while (at < chunk.byteLength) {
      // Each is looked for once, or a chunk without any CR would be searched for each line.
      if (lf < at) lf = indexOrEnd(chunk, LF, at);
      if (cr < at) cr = indexOrEnd(chunk, CR, at);
      const end = Math.min(lf, cr);
      const isCut = end === chunk.byteLength;
      this.#take(chunk.subarray(at, end), isCut);
      if (isCut) return;
      at = end + 1;
      if (end === cr) {
        if (chunk[at] === LF) at += 1;
        else this.#endedInCr = at === chunk.byteLength;
      }
      yield this.#line();
    }
  }

  /** The line that has begun and has no end; `undefined` for none, or one that is too long. */
  rest(): string | undefined {
    return this.#begunBytes > 0 ? this.#line() : undefined;
  }

  #take(piece: Uint8Array, isCut: boolean): void {
    this.#begunBytes += piece.byteLength;
    if (this.#begunBytes > this.#maxBytes) this.#begun = [];
    // A chunk may be changed by whoever reads it next.
    else if (piece.byteLength > 0) this.#begun.push(isCut ? piece.slice() : piece);
  }

  #line(): string | undefined {
    const isTooLong = this.#begunBytes > this.#maxBytes;
    const text = isTooLong ? undefined : this.#decode();
    const isFirst = this.#isFirst;
    this.#begun = [];
    this.#begunBytes = 0;
    this.#isFirst = false;
    return isFirst && text?.startsWith(BOM) === true ? text.slice(BOM.length) : text;
  }

  #decode(): string {
    const [only = NOTHING, ...others] = this.#begun;
    if (others.length === 0) return this.#decoder.decode(only);
    const parts = this.#begun.map((piece) => this.#decoder.decode(piece, { stream: true }));
    return parts.join('') + this.#decoder.decode();
  }
}

/** The place of a byte from here on; the end where there is none. */
function indexOrEnd(chunk: Uint8Array, byte: number, from: number): number {
  const index = chunk.indexOf(byte, from);
  return index === -1 ? chunk.byteLength : index;
}
