/** Larger elements than any log's; what is larger is left out, so that memory stays bounded. */
const MAX_ELEMENT_LENGTH = 32 * 1024 * 1024;

const STRUCTURE = /["{}[\]:]/g;
const END_OF_STRING = /["\\]/g;

/** A container that is open: an array, or an object with the key that came last. */
interface Open {
  readonly isArray: boolean;
  key: string;
}

/**
 * The objects in one array of a JSON document, each as its text, without reading the document as a
 * whole: `['log', 'entries']` names the array of a HAR, `[]` a document that is an array itself.
 *
 * @returns `undefined` in place of an element that is too large, and of one that the document breaks off in
 */
export async function* elementsOf(
  chunks: AsyncIterable<string>,
  path: readonly string[],
): AsyncGenerator<string | undefined> {
  const scanner = new ElementScanner(path);
  for await (const chunk of chunks) yield* scanner.scan(chunk);
  if (scanner.isWithinElement) yield undefined;
}

class ElementScanner {
  readonly #path: readonly string[];
  readonly #open: Open[] = [];
  #isString = false;
  #isEscaped = false;
  /** The string that is being read where it may be a key of the path. */
  #string = '';
  /** The text of the element so far; `undefined` outside of elements, and in one that is too large. */
  #element: string | undefined;
  isWithinElement = false;

  constructor(path: readonly string[]) {
    this.#path = path;
  }

  *scan(chunk: string): Generator<string | undefined> {
    // Where the text begins that belongs to the element.
    let from = 0;
    for (let at = 0; at < chunk.length;) {
      if (this.#isString) {
        at = this.#readString(chunk, at);
        continue;
      }
      STRUCTURE.lastIndex = at;
      const found = STRUCTURE.exec(chunk);
      if (found === null) break;
      at = found.index + 1;
      const [sign] = found;
      if (sign === '"') [this.#isString, this.#string] = [true, ''];
      else if (sign === ':') this.#nameKey();
      else if (sign === '{' || sign === '[') {
        if (sign === '{' && !this.isWithinElement && this.#isAtArray()) {
          this.isWithinElement = true;
          this.#element = '';
          from = found.index;
        }
        this.#open.push({ isArray: sign === '[', key: '' });
      } else {
        this.#open.pop();
        if (this.isWithinElement && this.#open.length === this.#path.length + 1) {
          yield this.#element === undefined ? undefined : this.#element + chunk.slice(from, at);
          this.isWithinElement = false;
          this.#element = undefined;
        }
      }
    }
    if (this.#element !== undefined) {
      this.#element += chunk.slice(from);
      if (this.#element.length > MAX_ELEMENT_LENGTH) this.#element = undefined;
    }
  }

  /** Reads on within a string; gives the place where it went on to. */
  #readString(chunk: string, at: number): number {
    if (this.#isEscaped) {
      this.#isEscaped = false;
      return at + 1;
    }
    END_OF_STRING.lastIndex = at;
    const found = END_OF_STRING.exec(chunk);
    const end = found?.index ?? chunk.length;
    if (this.#mayBeKey()) this.#string += chunk.slice(at, end);
    if (found === null) return end;
    if (found[0] === '"') this.#isString = false;
    else this.#isEscaped = true;
    return end + 1;
  }

  #mayBeKey(): boolean {
    return this.#open.length <= this.#path.length && this.#string.length < 100;
  }

  #nameKey(): void {
    const inner = this.#open.at(-1);
    if (inner !== undefined && this.#open.length <= this.#path.length) inner.key = this.#string;
  }

  /** Whether an object that begins here is an element of the array. */
  #isAtArray(): boolean {
    const array = this.#open.at(-1);
    return (
      this.#open.length === this.#path.length + 1 &&
      array?.isArray === true &&
      this.#path.every((key, index) => this.#open[index]?.key === key)
    );
  }
}
