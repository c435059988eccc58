import type { Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import type { Cancellation } from '../../core/cancellation.ts';
import type { Catalog } from '../catalog/catalog-shape.ts';
import { errorIn, type ErrorInEvent } from './error-event.ts';
import type { StreamEvent } from './event-splitter.ts';
import type { StreamedCall } from './stream-reading.ts';

/** An API that sends errors in streams sends them after a 200. */
const IN_STREAM: Catalog = Object.freeze({
  name: 'stream',
  hosts: [],
  codes: {},
  statuses: {},
  errorBodies: 'in-success',
  unsafeMethods: 'when-unprocessed',
});

/** The response that has carried the event. */
type Carrier = Pick<Response, 'status' | 'headers'>;

/** Classifies the error events of one stream. */
export class EventClassification {
  readonly #carrier: Carrier;
  readonly #catalogs: readonly Catalog[];
  readonly #readerOf: StreamedCall['readerOf'];
  readonly #clock: Clock;

  constructor({ status, headers }: Carrier, { catalogs, readerOf, context }: StreamedCall) {
    this.#carrier = { status, headers };
    this.#catalogs = catalogs;
    this.#readerOf = readerOf;
    this.#clock = context.clock;
  }

  /**
   * How an event is classified, by the same reader as an error response with these data, headers and
   * catalogs; `undefined` where it is no error.
   *
   * @param cancellation - once cancelled, the reader makes do with what it has
   */
  async of(
    event: StreamEvent,
    stream: 'first-event' | 'later-event',
    cancellation?: Cancellation,
  ): Promise<Classification | undefined> {
    const found = errorIn(event);
    if (found === undefined) return undefined;
    const read = await this.#read(found, cancellation);
    if (read.category !== 'success') return { ...read, stream };
    if (!found.isNamed) return undefined;
    const body = JSON.stringify({ error: { message: event.data.slice(0, 2000) } });
    return { ...(await this.#read({ ...found, body }, cancellation)), stream };
  }

  /** The first of these events that is an error; `undefined` at once where none can be. */
  firstOf(events: readonly StreamEvent[]): Promise<Classification | undefined> | undefined {
    const suspects = events.filter((event) => errorIn(event) !== undefined);
    return suspects.length === 0 ? undefined : this.#firstOf(suspects);
  }

  async #firstOf(suspects: readonly StreamEvent[]): Promise<Classification | undefined> {
    for (const event of suspects) {
      const classification = await this.of(event, 'later-event');
      if (classification !== undefined) return classification;
    }
    return undefined;
  }

  /** How an error is classified by which the stream broke off. */
  ofError(error: unknown): Classification {
    return this.#reader.classifyError(error);
  }

  get #reader() {
    return this.#readerOf(this.#clock, [...this.#catalogs, IN_STREAM]);
  }

  async #read(
    { body, status = this.#carrier.status }: ErrorInEvent,
    cancellation: Cancellation | undefined,
  ): Promise<Classification> {
    const { headers } = this.#carrier;
    return this.#reader.classifyValue(new Response(body, { status, headers }), cancellation);
  }
}
