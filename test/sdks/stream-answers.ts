/** A stream of a model's as one API sends it, and what may go wrong in it. */
export interface StreamProtocol {
  /** The events of a whole stream, in order. The first three of them are output or come before it. */
  readonly events: readonly string[];
  /** What precedes the output: these come before the model has said anything. */
  readonly preamble: readonly string[];
  /** The event in which the API says that it has too much to do. */
  readonly overloaded: string;
  /** The text that the stream holds. */
  readonly text: string;
  /** The tokens that it says it used. */
  readonly tokens: number;
}

/** More than one byte a character, so that a cut may go through one. */
const WORDS = ['Over ', 'the höhe ', '– 山を ', 'und 🏔️ ', 'home'] as const;
const TEXT = WORDS.join('');

const data = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;
const named = (json: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${json.type}\n${data(json)}`;

const chunk = (rest: object): string =>
  data({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt', ...rest });
const delta = (content: object, finish_reason: string | null = null): string =>
  chunk({ choices: [{ index: 0, delta: content, finish_reason }] });

/** OpenAI's chat completions, with `stream_options: { include_usage: true }`. */
export const OPENAI_CHAT: StreamProtocol = {
  events: [
    delta({ role: 'assistant', content: '' }),
    ...WORDS.map((content) => delta({ content })),
    delta({}, 'stop'),
    chunk({
      choices: [],
      usage: { prompt_tokens: 120, completion_tokens: 30, total_tokens: 150 },
    }),
    'data: [DONE]\n\n',
  ],
  preamble: [],
  overloaded: data({
    error: {
      message: 'The engine is currently overloaded, please try again later',
      type: 'engine_overloaded_error',
      param: null,
      code: null,
    },
  }),
  text: TEXT,
  tokens: 150,
};

const response = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'gpt',
  status: 'in_progress',
  error: null,
  incomplete_details: null,
  output: [],
  usage: null,
};
const item = { id: 'msg_1', type: 'message', role: 'assistant' };
const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
const part = (text: string) => ({ type: 'output_text', text, annotations: [] });
const message = { ...item, status: 'completed', content: [part(TEXT)] };
const used = {
  input_tokens: 120,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 30,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 150,
};
const created = named({ type: 'response.created', sequence_number: 0, response });
const inProgress = named({ type: 'response.in_progress', sequence_number: 1, response });

/** OpenAI's responses. */
export const OPENAI_RESPONSES: StreamProtocol = {
  events: [
    created,
    inProgress,
    named({
      type: 'response.output_item.added',
      sequence_number: 2,
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    }),
    named({
      type: 'response.content_part.added',
      sequence_number: 3,
      ...place,
      part: part(''),
    }),
    ...WORDS.map((words, index) =>
      named({
        type: 'response.output_text.delta',
        sequence_number: 4 + index,
        ...place,
        delta: words,
        logprobs: [],
      }),
    ),
    named({
      type: 'response.output_text.done',
      sequence_number: 9,
      ...place,
      text: TEXT,
      logprobs: [],
    }),
    named({
      type: 'response.content_part.done',
      sequence_number: 10,
      ...place,
      part: part(TEXT),
    }),
    named({
      type: 'response.output_item.done',
      sequence_number: 11,
      output_index: 0,
      item: message,
    }),
    named({
      type: 'response.completed',
      sequence_number: 12,
      response: { ...response, status: 'completed', output: [message], usage: used },
    }),
  ],
  preamble: [created, inProgress],
  overloaded: named({
    type: 'error',
    code: 'rate_limit_exceeded',
    message: 'Rate limit reached for gpt on tokens per min. Please try again in 20ms.',
    param: null,
    sequence_number: 2,
  }),
  text: TEXT,
  tokens: 150,
};

const start = named({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 120, output_tokens: 1 },
  },
});

/** Anthropic's messages. */
export const ANTHROPIC: StreamProtocol = {
  events: [
    start,
    named({ type: 'ping' }),
    named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ...WORDS.map((text) =>
      named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    ),
    named({ type: 'content_block_stop', index: 0 }),
    named({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 30 },
    }),
    named({ type: 'message_stop' }),
  ],
  preamble: [start, named({ type: 'ping' })],
  overloaded: named({
    type: 'error',
    error: { details: null, type: 'overloaded_error', message: 'Overloaded' },
  }),
  text: TEXT,
  tokens: 150,
};

const content = (text: string, rest: object = {}): string =>
  `data: ${JSON.stringify({
    candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0 }],
    modelVersion: 'gemini',
    ...rest,
  })}\r\n\r\n`;

/** Gemini's `streamGenerateContent?alt=sse`. */
export const GEMINI: StreamProtocol = {
  events: WORDS.map((words, index) =>
    content(words, {
      usageMetadata: {
        promptTokenCount: 120,
        candidatesTokenCount: 6 * (index + 1),
        totalTokenCount: 120 + 6 * (index + 1),
      },
    }),
  ),
  preamble: [],
  overloaded: `data: ${JSON.stringify({
    error: {
      code: 503,
      message: 'The model is overloaded. Please try again later.',
      status: 'UNAVAILABLE',
    },
  })}\r\n\r\n`,
  text: TEXT,
  tokens: 150,
};
