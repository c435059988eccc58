import { SUCCESS, type Classification } from '../../core/classification.ts';
import {
  orFalse,
  positive,
  readOptions,
  wholeNumber,
  type Check,
  type Checks,
  type Resolved,
} from '../../core/options.ts';
import { isReference } from '../untrusted.ts';
import { ChunkSource } from './chunk-source.ts';
import { EventClassification } from './event-classification.ts';
import type { EventSplitter } from './event-splitter.ts';
import { JsonArray } from './json-array.ts';
import { kindOf } from './passed-body.ts';
import { readAhead } from './read-ahead.ts';
import { withBody } from './same-response.ts';
import { silencesOf, type Silences } from './silences.ts';
import { splitterFor } from './stream-form.ts';
import { StreamOutcome, type SilenceBound } from './stream-outcome.ts';
import type { StreamReading, StreamTimes } from './stream-reading.ts';
import type { StreamedCall } from './streamed-call.ts';
import { WatchedBody } from './watched-body.ts';

/** How the streams of an API are read. */
export interface EventStreamsOptions extends StreamTimes {
  /**
   * `'first-event'` holds an answer until its first event, so that an error there is a failed attempt;
   * `false` hands it over at once.
   *
   * @defaultValue 'first-event'
   */
  readonly hold?: 'first-event' | false | undefined;
  /** After so many bytes without an event an answer is handed over. @defaultValue 16384 */
  readonly maxHoldBytes?: number | undefined;
  /** After so many milliseconds without an event an answer is handed over. @defaultValue 30000 */
  readonly maxHoldMs?: number | undefined;
  /**
   * The names of events that go before the output and are no part of it, as Anthropic's `message_start`:
   * an answer is held past them too, within the same bounds. An event has its name in `event`, or as the
   * `type` of its JSON. @defaultValue none
   */
  readonly preamble?: readonly string[] | undefined;
  /**
   * The addresses whose answers of type `application/json` are an array that comes piece by piece, as
   * Gemini's without `alt=sse`. @defaultValue none
   */
  readonly jsonArrays?: RegExp | undefined;
}

/** The bounds of {@link eventStreams}. What an API documents as normal is not cut off: a time has to be given. */
export const EVENT_STREAMS_DEFAULTS = Object.freeze({
  hold: 'first-event' as 'first-event' | false,
  maxHoldBytes: 16_384,
  maxHoldMs: 30_000,
  firstByteTimeoutMs: false as number | false,
  streamIdleTimeoutMs: false as number | false,
});

const isFirstEvent: Check = {
  expected: "'first-event', or false",
  accepts: (value) => value === 'first-event' || value === false,
};

const EVENT_STREAMS_CHECKS: Checks<EventStreamsOptions> = {
  hold: isFirstEvent,
  maxHoldBytes: wholeNumber(1),
  maxHoldMs: positive,
  firstByteTimeoutMs: orFalse(positive),
  streamIdleTimeoutMs: orFalse(positive),
  preamble: {
    expected: 'an array of names of events',
    accepts: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  },
  jsonArrays: { expected: 'a regular expression', accepts: (value) => value instanceof RegExp },
};

/**
 * Reads the streams of an API: server-sent events, and JSON line by line.
 *
 * - An answer is held until its first event that belongs to the output. An error there is classified like an error response: the
 *   attempt has failed, and retry, limits and breaker act on it. Everything else goes on unchanged, byte
 *   for byte, as fast as its reader asks for it.
 * - After that nothing is repeated. A later error, a silence and a lost connection reach the reader as
 *   they came; the event `stream-failed`, `streamFailure` in the report, and the circuit breaker are told.
 * - A stream that is silent for longer than `streamIdleTimeoutMs` while its reader waits ends in a
 *   {@link TimeoutError}, and its connection is given up.
 *
 * The catalogs of AI providers in `holdfast/catalogs` carry one. For others hand it in as `streams`.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const fetch = resilientFetch(globalThis.fetch, {
 *   streams: eventStreams({ streamIdleTimeoutMs: 30_000 }),
 * });
 */
export function eventStreams(options?: EventStreamsOptions): StreamReading {
  return new EventStreams(
    readOptions('eventStreams', options, EVENT_STREAMS_DEFAULTS, EVENT_STREAMS_CHECKS),
  );
}

type Settings = Resolved<EventStreamsOptions, typeof EVENT_STREAMS_DEFAULTS>;

/** A stream has begun, and its first event is no error. */
const BEGUN: Classification = Object.freeze({
  ...SUCCESS,
  rule: 'the stream has begun',
  stream: 'begun',
});

class EventStreams implements StreamReading {
  readonly #settings: Settings;
  readonly #preamble: ReadonlySet<unknown>;
  readonly #firstByte: Silences | undefined;
  readonly #idle: Silences | undefined;
  readonly #classifications = new WeakMap<object, Classification>();
  /** The same with the times of single calls. */
  readonly #others = new Map<string, EventStreams>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#preamble = new Set(settings.preamble);
    this.#firstByte = silencesOf(settings.firstByteTimeoutMs);
    this.#idle = silencesOf(settings.streamIdleTimeoutMs);
  }

  reads(response: Response, url: string): boolean {
    const { status, body } = response;
    // A stream of Node's, or of another making, is left alone.
    if (!(status >= 200 && status < 300) || typeof body?.getReader !== 'function') return false;
    return !body.locked && this.#splitterOf(response, url) !== undefined;
  }

  async hold(response: Response, url: string, given: object): Promise<Response> {
    // What a fetch tells of its call is nobody else's business, and stands in no declaration.
    const call = given as StreamedCall;
    const { hold, maxHoldBytes, maxHoldMs } = this.#settings;
    const { context } = call;
    const body = response.body as ReadableStream<Uint8Array>;
    const kind = kindOf(body);
    const source = new ChunkSource(body);
    const outcome = new StreamOutcome(call, response);
    const events = new EventClassification(response, call);
    const firstByte = this.#firstByte;
    const newSplitter = () => this.#splitterOf(response, url) as EventSplitter;
    let failure: Classification | undefined;
    if (hold !== false) {
      const limits = {
        maxBytes: maxHoldBytes,
        maxMs: maxHoldMs,
        preamble: this.#preamble,
        firstByte,
        idle: this.#idle,
        tooLate: (ms: number, option: SilenceBound) => outcome.timeout(ms, option),
      };
      const first = await readAhead(source, newSplitter(), limits, context);
      failure = first && (await events.of(first, 'first-event', context.cancellation));
    }
    const watch = {
      outcome,
      // It has failed as a whole, and the attempt says so.
      events: failure === undefined ? events : undefined,
      newSplitter,
      firstByte,
      idle: this.#idle,
    };
    const held = withBody(response, new WatchedBody(source, watch).stream(kind));
    this.#classifications.set(held, failure ?? BEGUN);
    return held;
  }

  classificationOf(response: unknown): Classification | undefined {
    return isReference(response) ? this.#classifications.get(response) : undefined;
  }

  within(times: StreamTimes): StreamReading {
    const { firstByteTimeoutMs = this.#settings.firstByteTimeoutMs } = times;
    const { streamIdleTimeoutMs = this.#settings.streamIdleTimeoutMs } = times;
    const name = `${firstByteTimeoutMs} ${streamIdleTimeoutMs}`;
    let other = this.#others.get(name);
    if (other === undefined) {
      other = new EventStreams({ ...this.#settings, firstByteTimeoutMs, streamIdleTimeoutMs });
      if (this.#others.size >= MAX_OTHERS) this.#others.clear();
      this.#others.set(name, other);
    }
    return other;
  }

  #splitterOf({ headers }: Response, url: string): EventSplitter | undefined {
    const { jsonArrays, maxHoldBytes } = this.#settings;
    const type = headers.get('content-type');
    const splitter = splitterFor(type, maxHoldBytes);
    if (splitter !== undefined || jsonArrays === undefined) return splitter;
    const isArray = /^application\/json\b/i.test(type ?? '') && jsonArrays.test(url);
    return isArray ? new JsonArray(maxHoldBytes) : undefined;
  }
}

/** So many kinds of calls keep their readings ready. */
const MAX_OTHERS = 32;
