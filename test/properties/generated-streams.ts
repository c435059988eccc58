import fc from 'fast-check';

/** A stream as a server sends it, cut into chunks. */
export interface GeneratedStream {
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** Where it is cut, as shares of its length. */
  readonly cuts: readonly number[];
  /** Chunks that come with the turn of the event loop before them. */
  readonly slow: boolean;
}

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 30 }) },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom('日本語 🎉', '\uFEFF', '"error"', '\u2028', '') },
  { weight: 1, arbitrary: fc.string({ minLength: 1000, maxLength: 3000 }) },
);

const oneLine = text.map((value) => value.replace(/[\r\n]/g, ' '));

const json = fc.oneof(
  text.map((content) => ({ choices: [{ index: 0, delta: { content } }] })),
  text.map((answer) => ({ eventType: 'fulfillment', answer })),
  fc.constant({ type: 'ping' }),
  fc.constant({ type: 'response.created', response: { error: null } }),
  fc.json().map((value) => JSON.parse(value) as unknown),
);

/** The lines of one event. */
const eventLines: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 6, arbitrary: json.map((value) => [`data: ${JSON.stringify(value)}`]) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('ping', 'message', 'delta', 'heartbeat'), json)
      .map(([name, value]) => [`event: ${name}`, `data:${JSON.stringify(value)}`]),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(oneLine, { maxLength: 4 })
      .map((lines) => lines.map((line) => `data: ${line}`)),
  },
  { weight: 2, arbitrary: oneLine.map((line) => [`: ${line}`]) },
  { weight: 1, arbitrary: fc.array(oneLine, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(['data: [DONE]'], ['id: 7', 'retry: 10'], ['data'], []) },
);

const serverSentEvents = fc
  .tuple(
    fc.constantFrom('', '', '', '\uFEFF'),
    fc.constantFrom('\n', '\n', '\r\n', '\r'),
    fc.array(eventLines, { maxLength: 12 }),
    fc.constantFrom('whole', 'whole', 'cut short'),
  )
  .map(([mark, lineEnd, events, end]) => {
    const blocks = events.map((lines) => [...lines, ''].join(lineEnd) + lineEnd).join('');
    return mark + (end === 'whole' ? blocks : blocks.slice(0, -1));
  });

const jsonLines = fc
  .tuple(fc.constantFrom('\n', '\r\n'), fc.array(json, { maxLength: 12 }))
  .map(([lineEnd, values]) => values.map((value) => JSON.stringify(value) + lineEnd).join(''));

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });

export const streams: fc.Arbitrary<GeneratedStream> = fc
  .tuple(
    fc.oneof(
      {
        weight: 4,
        arbitrary: serverSentEvents.map((body) => ['text/event-stream', body] as const),
      },
      { weight: 1, arbitrary: jsonLines.map((body) => ['application/x-ndjson', body] as const) },
    ),
    cuts,
    fc.boolean(),
  )
  .map(([[contentType, body], places, slow]) => ({
    contentType,
    bytes: new TextEncoder().encode(body),
    cuts: places,
    slow,
  }));

/** The chunks of a stream: each its own bytes, so that whoever takes one may do with it what it likes. */
export function chunksOf({
  bytes,
  cuts: shares,
}: Pick<GeneratedStream, 'bytes' | 'cuts'>): Uint8Array<ArrayBuffer>[] {
  const places = [...new Set(shares.map((share) => Math.floor(share * bytes.length)))];
  const ends = [...places.toSorted((one, other) => one - other), bytes.length];
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let from = 0;
  for (const end of ends) {
    if (end > from) chunks.push(bytes.slice(from, end));
    from = end;
  }
  return chunks;
}
