/** Answers of OpenAI's API, as its reference documents them. */
export const CHAT_COMPLETION = {
  answer: {
    status: 200,
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'gpt',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Over the hills' },
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    },
  },
  value: 'Over the hills',
} as const;

export const INVALID_REQUEST = {
  status: 400,
  headers: { 'x-request-id': 'req_1' },
  body: {
    error: {
      message: 'Too long',
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    },
  },
} as const;

const chunk = (content: string, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt',
    choices: [{ index: 0, delta: { content }, finish_reason }],
  })}\n\n`;

export const CHAT_STREAM = {
  headers: { 'content-type': 'text/event-stream' },
  pieces: [chunk('Over '), chunk('the '), `${chunk('hills')}${chunk('', 'stop')}data: [DONE]\n\n`],
  value: 'Over the hills',
} as const;
