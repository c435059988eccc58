/** A line that is printed piece by piece, and goes on below its column where it is full. */
export class GrowingLine {
  readonly #print: (text: string) => void;
  readonly #columns: number;
  readonly #indent: number;
  #length: number;

  /** @param name - what stands at its beginning, as wide as the pieces are indented */
  constructor(print: (text: string) => void, columns: number, name: string) {
    this.#print = print;
    this.#columns = columns;
    this.#indent = name.length;
    this.#length = name.length;
    print(name);
  }

  /** @param paint - sets the piece off; the room that it takes is that of the bare text */
  add(text: string, paint: (text: string) => string = (bare) => bare): void {
    const isFirst = this.#length === this.#indent;
    if (!isFirst && this.#length + 1 + text.length > this.#columns) {
      this.#print(`\n${' '.repeat(this.#indent)}`);
      this.#length = this.#indent;
    } else if (!isFirst) {
      this.#print(' ');
      this.#length += 1;
    }
    this.#print(paint(text));
    this.#length += text.length;
  }

  end(): void {
    this.#print('\n');
  }
}
