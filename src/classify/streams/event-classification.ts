import type { Classification } from '../../core/classification.ts';
import type { Cancellation } from '../../core/cancellation.ts';
import type { OutcomeReader } from '../../core/outcome-reader.ts';
import { errorIn, type ErrorInEvent } from './error-event.ts';
import type { StreamEvent } from './event-splitter.ts';
import type { StreamedCall } from './streamed-call.ts';

/** The response that has carried the event. */
type Carrier = Pick<Response, 'status' | 'headers'>;

/** Classifies the error events of one stream. */
export class EventClassification {
  readonly #carrier: Carrier;
  readonly #reader: OutcomeReader;

  constructor({ status, headers }: Carrier, { reader }: StreamedCall) {
    this.#carrier = { status, headers };
    this.#reader = reader;
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

  async #read(
    { body, status = this.#carrier.status }: ErrorInEvent,
    cancellation: Cancellation | undefined,
  ): Promise<Classification> {
    const { headers } = this.#carrier;
    return this.#reader.classifyValue(new Response(body, { status, headers }), cancellation);
  }
}
