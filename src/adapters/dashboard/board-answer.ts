/** In place of a body: the stream of events. */
export const STREAM = Symbol('stream');

/** An answer of a dashboard: a text, or the stream of events. */
export interface BoardAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | typeof STREAM;
}

/** The headers of every answer of a dashboard: keep it nowhere, show it in no frame, give it to no other site. */
const GUARDS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** A text of a type. */
export const textAnswer = (
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): BoardAnswer => ({
  status,
  headers: { ...GUARDS, 'content-type': `${type}; charset=utf-8`, ...headers },
  body,
});

/** A JSON text. */
export const jsonAnswer = (status: number, value: unknown): BoardAnswer =>
  textAnswer(status, 'application/json', JSON.stringify(value));

/** One sentence on why there is nothing else. */
export const refusalAnswer = (
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): BoardAnswer => textAnswer(status, 'text/plain', `${sentence}\n`, headers);

/** The beginning of the stream of events; proxies are told to hand it on as it comes. */
export const STREAM_ANSWER: BoardAnswer = {
  status: 200,
  headers: {
    ...GUARDS,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  },
  body: STREAM,
};
