import { ChunkSource } from './chunk-source.ts';

/** Looks at a body while it is passed on. */
export interface BodyObserver {
  /** A chunk is handed on. It is to be looked at now: it is somebody else's from then on. */
  chunk(bytes: Uint8Array): void;
  /**
   * Nothing more is handed on. Called once.
   *
   * @param how - whether the body has come to its end, or broke off, or was given up
   */
  end(how: 'whole' | 'cut-short'): void;
}

type Controller = ReadableStreamDefaultController<Uint8Array> | ReadableByteStreamController;
type Result = ReadableStreamReadResult<Uint8Array>;

/** The reader of a body and those who look at it. It does not lead to the stream that the reader has. */
class Passage {
  readonly source: ChunkSource;
  readonly observers: BodyObserver[] = [];
  isOver = false;

  constructor(source: ChunkSource) {
    this.source = source;
  }

  end(how: 'whole' | 'cut-short'): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const observer of this.observers) observer.end(how);
  }

  /** Nobody holds the stream any more: its connection must not wait for that. */
  giveUp(): void {
    this.source.cancel(undefined).catch(() => {});
    this.end('cut-short');
  }
}

// Made when it is first needed: importing does nothing. Older Workers have none.
let passages: FinalizationRegistry<Passage> | undefined;
const bodies = new WeakMap<ReadableStream, PassedBody>();

// Not where the registry is made: that closure would hold the first stream for ever.
const giveUp = (passage: Passage): void => passage.giveUp();

/**
 * Lets somebody look at a body on its way. One that is passed on already is only looked at by one more.
 *
 * @param body - one of which nobody has read anything yet
 * @returns the body to hand on: the same one where it is passed on already
 */
export function observed(
  body: ReadableStream<Uint8Array>,
  observer: BodyObserver,
): ReadableStream<Uint8Array> {
  const passed = bodies.get(body);
  if (passed !== undefined) {
    passed.observe(observer);
    return body;
  }
  const kind = kindOf(body);
  const made = new PassedBody(new ChunkSource(body));
  made.observe(observer);
  return made.stream(kind);
}

/** A stream of bytes can be read into buffers of the reader's. */
export function kindOf(body: ReadableStream): 'bytes' | 'chunks' {
  try {
    body.getReader({ mode: 'byob' }).releaseLock();
    return 'bytes';
  } catch {
    return 'chunks';
  }
}

/** Passes a body on, chunk by chunk, when its reader asks for one: nothing is read ahead. */
export class PassedBody {
  readonly #passage: Passage;
  readonly #source: ChunkSource;
  #controller: Controller | undefined;

  constructor(source: ChunkSource) {
    this.#passage = new Passage(source);
    this.#source = source;
  }

  observe(observer: BodyObserver): void {
    this.#passage.observers.push(observer);
  }

  /**
   * The stream for the reader. Where nobody ever reads it, its connection does not wait for that.
   *
   * @param kind - that of the original body
   */
  stream(kind: 'bytes' | 'chunks'): ReadableStream<Uint8Array> {
    const body = {
      pull: (controller: Controller) => this.#pull(controller),
      cancel: (reason: unknown) => this.#cancel(reason),
    };
    const stream =
      kind === 'bytes'
        ? new ReadableStream({ ...body, type: 'bytes' })
        : new ReadableStream<Uint8Array>(body, { highWaterMark: 0 });
    bodies.set(stream, this);
    if (typeof FinalizationRegistry === 'function') {
      passages ??= new FinalizationRegistry(giveUp);
      passages.register(stream, this.#passage);
    }
    return stream;
  }

  /** A chunk is waited for. */
  protected asking(): void {}

  /** It has come, or never will. */
  protected heard(): void {}

  /** A chunk is handed on. */
  protected passing(_chunk: Uint8Array): void {}

  /**
   * The body has come to its end, or its reader has had enough.
   *
   * @param finish - ends the stream: at once, or in a while
   */
  protected ended(finish: () => void): Promise<void> | undefined {
    finish();
    return undefined;
  }

  /** The body has broken off, and its reader has the error. */
  protected broken(_error: unknown): void {}

  /** Ends the stream in an error, and gives the body up. */
  protected abandon(reason: Error): void {
    this.#passage.end('cut-short');
    this.#controller?.error(reason);
    this.#source.cancel(reason).catch(() => {});
  }

  #pull(controller: Controller): Promise<void> | undefined {
    this.#controller = controller;
    const held = this.#source.held.shift();
    if (held !== undefined) {
      this.#hand(held, controller);
      return undefined;
    }
    this.asking();
    return this.#source.ask().then(this.#came, this.#broke);
  }

  async #cancel(reason: unknown): Promise<void> {
    if (this.#passage.isOver) return;
    const cancelled = this.#source.cancel(reason);
    this.#passage.end('cut-short');
    await this.ended(() => {});
    await cancelled;
  }

  // Fields, and not made for each chunk.
  readonly #came = ({ done, value }: Result): Promise<void> | undefined => {
    const controller = this.#answered();
    if (this.#passage.isOver || controller === undefined) return undefined;
    if (done) {
      this.#passage.end('whole');
      return this.ended(() => close(controller));
    }
    // Nothing has come: a stream of bytes takes no empty chunk.
    if (value.byteLength === 0) return this.#pull(controller);
    this.#hand(value, controller);
    return undefined;
  };

  readonly #broke = (error: unknown): void => {
    const controller = this.#answered();
    if (this.#passage.isOver) return;
    this.#passage.end('cut-short');
    controller?.error(error);
    this.broken(error);
  };

  #answered(): Controller | undefined {
    this.heard();
    this.#source.taken();
    return this.#controller;
  }

  #hand(chunk: Uint8Array, controller: Controller): void {
    this.passing(chunk);
    for (const observer of this.#passage.observers) observer.chunk(chunk);
    // Both kinds take bytes; only their types differ. One of bytes takes the chunk's memory away.
    (controller as ReadableStreamDefaultController<Uint8Array>).enqueue(chunk);
  }
}

/** Ends a body, also for a reader that waits with a buffer of its own. */
function close(controller: Controller): void {
  controller.close();
  if ('byobRequest' in controller) controller.byobRequest?.respond(0);
}
