/** What an endpoint answers when nothing is wrong, or when the request itself is. */
export interface EndpointAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly allow?: string;
}

interface Endpoint {
  readonly methods: readonly string[];
  readonly path: RegExp;
  answer(request: EndpointRequest): EndpointAnswer;
}

interface EndpointRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
}

const SERVICES: Readonly<Record<string, object>> = {
  speech_to_text: { text: 'Hold fast to what is good.' },
  text_to_speech: { audioUrl: 'https://media.example.com/hold-fast.mp3' },
  language_translation: { translatedText: 'Halte fest, was gut ist.' },
};

const ENDPOINTS: readonly Endpoint[] = [
  {
    methods: ['GET', 'POST'],
    path: /^\/media\/v1\/public\/file$/,
    answer: ({ method }) =>
      method === 'GET'
        ? json(200, 'Files fetched', [file('file-1'), file('file-2')])
        : json(201, 'File uploaded', file('file-3')),
  },
  {
    methods: ['GET'],
    path: /^\/plugin\/v1\/list$/,
    answer: () =>
      json(200, 'Plugins fetched', [
        { pluginId: 'plugin-1712327325', name: 'Weather', status: 'active' },
        { pluginId: 'plugin-1713924030', name: 'Search', status: 'active' },
      ]),
  },
  {
    methods: ['GET', 'POST'],
    path: /^\/chat\/v1\/sessions$/,
    answer: ({ method }) =>
      method === 'GET'
        ? json(200, 'Sessions fetched', [session()])
        : json(201, 'Session created', session()),
  },
  {
    methods: ['POST'],
    path: /^\/chat\/v1\/sessions\/[^/]+\/query$/,
    answer: ({ path, body }) => {
      const sessionId = sessionIn(path);
      const answer = 'Hold fast: the harbour is near.';
      return wantsStream(body)
        ? stream(sessionId, answer)
        : json(200, 'Query answered', { ...message(sessionId), answer, status: 'completed' });
    },
  },
  {
    methods: ['GET'],
    path: /^\/chat\/v1\/sessions\/[^/]+\/messages$/,
    answer: ({ path }) => json(200, 'Messages fetched', [message(sessionIn(path))]),
  },
  {
    methods: ['POST'],
    path: /^(\/services\/v1\/public\/service)?\/execute\/(speech_to_text|text_to_speech|language_translation)$/,
    answer: ({ path }) =>
      json(200, 'Service executed', SERVICES[path.split('/').at(-1) ?? ''] ?? {}),
  },
];

/** The answer of a healthy OnDemand API to this request. */
export function ondemandAnswer(request: EndpointRequest): EndpointAnswer {
  const endpoint = ENDPOINTS.find(({ path }) => path.test(request.path));
  if (endpoint === undefined) {
    return failure(404, 'not_found', `There is nothing at ${request.path}`);
  }
  const { methods } = endpoint;
  if (methods.includes(request.method)) return endpoint.answer(request);
  if (request.method === 'HEAD' && methods.includes('GET')) {
    return endpoint.answer({ ...request, method: 'GET' });
  }
  const allow = methods.join(', ');
  return {
    ...failure(405, 'method_not_allowed', `${request.method} is not ${allow}`),
    allow,
  };
}

const file = (id: string) => ({ id, name: `${id}.pdf`, sizeBytes: 52_431, status: 'ready' });
const sessionIn = (path: string) => path.split('/')[4] ?? '';
const session = () => ({ id: 'session-1', externalUserId: 'user-1', title: 'Untitled' });
const message = (sessionId: string) => ({ sessionId, messageId: 'message-1' });

function json(status: number, text: string, data: object): EndpointAnswer {
  const body = JSON.stringify({ message: text, data });
  return { status, contentType: 'application/json; charset=utf-8', body };
}

function failure(status: number, errorCode: string, text: string): EndpointAnswer {
  const body = JSON.stringify({ message: text, errorCode });
  return { status, contentType: 'application/json; charset=utf-8', body };
}

function stream(sessionId: string, answer: string): EndpointAnswer {
  const events = answer
    .split(' ')
    .map((word) => `data: ${JSON.stringify({ ...message(sessionId), answer: `${word} ` })}\n\n`);
  return {
    status: 200,
    contentType: 'text/event-stream',
    body: `${events.join('')}data: [DONE]\n\n`,
  };
}

function wantsStream(body: Uint8Array): boolean {
  try {
    const query: unknown = JSON.parse(new TextDecoder().decode(body));
    return (query as { responseMode?: unknown } | null)?.responseMode === 'stream';
  } catch {
    return false;
  }
}
