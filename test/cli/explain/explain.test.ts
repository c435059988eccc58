import { describe, expect, test } from '@jest/globals';
import { NOW, run } from '../run.ts';

const asJson = async (...input: Parameters<typeof run>) => {
  const ran = await run([...input[0], '--json'], input[1]);
  expect(ran).toMatchObject({ code: 0, complained: '' });
  return JSON.parse(ran.printed) as Record<string, unknown>;
};

const CURL = [
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/2 429 \r\ndate: Sun, 22 Nov 2026 10:00:00 GMT\r\n',
  'retry-after: Sun, 22 Nov 2026 10:00:20 GMT\r\n\r\n',
  '{"error":{"code":"rate_limit_exceeded","message":"Rate limit reached"}}',
].join('');

describe('holdfast explain', () => {
  test('says category, code, message, wait, rule and what would follow', async () => {
    const { code, printed } = await run(
      ['explain', '--url', 'https://api.openai.com/v1/responses', '-'],
      { input: CURL },
    );
    expect(code).toBe(0);
    expect(printed).toContain('429 Too Many Requests: slow down');
    expect(printed).toMatch(/category +throttle/);
    expect(printed).toMatch(/code +rate_limit_exceeded/);
    expect(printed).toMatch(/message +Rate limit reached/);
    expect(printed).toMatch(/wait +20 s/);
    expect(printed).toMatch(/decided by +catalog/);
    expect(printed).toMatch(/rule +openai: code "rate_limit_exceeded"/);
    expect(printed).toMatch(/because +openai documents this code as throttle/);
    expect(printed).toMatch(/source +OpenAI, guide "Error codes"/);
    expect(printed).toMatch(/catalog +openai \(by host\)/);
    expect(printed).toMatch(/retry 1 +after 20 s to 20.25 s/);
    expect(printed).toMatch(/retry 3/);
  });

  test('prints the same as JSON, every member present', async () => {
    expect(await asJson(['explain', '--status', '404'])).toMatchObject({
      status: 404,
      method: 'GET',
      url: null,
      catalog: null,
      now: NOW,
      classification: {
        category: 'fatal',
        errorCode: null,
        message: null,
        status: 404,
        retryAfterMs: null,
        unprocessed: false,
        decidedBy: 'status',
      },
      reason: 'a 4xx says that the request is at fault',
      source: 'RFC 9110 §15.5',
      schedule: { retries: [] },
    });
  });

  test('reads piped input where nothing else is given, and a file', async () => {
    const piped = await asJson(['explain'], { input: CURL });
    const fromFile = await asJson(['explain', 'saved.txt'], { files: { 'saved.txt': CURL } });
    expect(piped).toEqual(fromFile);
    expect(piped).toMatchObject({ status: 429, classification: { retryAfterMs: 20_000 } });
  });

  test("counts dates from the response's own Date, whatever the time here", async () => {
    expect(await asJson(['explain'], { input: CURL })).toMatchObject({
      now: Date.UTC(2026, 10, 22, 10),
    });
    const told = ['explain', '--now', '2026-11-22T10:00:15Z'];
    expect(await asJson(told, { input: CURL })).toMatchObject({
      now: Date.UTC(2026, 10, 22, 10, 0, 15),
      classification: { retryAfterMs: 20_000 },
    });
    const inMilliseconds = ['explain', '--now', String(Date.UTC(2026, 10, 22, 10, 0, 19))];
    expect(await asJson(inMilliseconds, { input: CURL })).toMatchObject({
      classification: { retryAfterMs: 20_000 },
    });
  });

  test('takes status, headers and body from options, a body from a file too', async () => {
    const args = ['explain', '-s', '503', '-H', 'Retry-After: 2', '-H', 'x: y'];
    const body = '{"message":"down","errorCode":"resource_unavailable"}';
    const expected = {
      classification: {
        errorCode: 'resource_unavailable',
        message: 'down',
        retryAfterMs: 2_000,
      },
    };
    expect(await asJson([...args, '--body', body])).toMatchObject(expected);
    const files = { 'body.json': body };
    expect(await asJson([...args, '--body', '@body.json'], { files })).toMatchObject(expected);
    expect(await asJson([...args, '--body', '@-'], { input: body })).toMatchObject(expected);
    expect(await asJson([...args, 'body.json'], { files })).toMatchObject(expected);
  });

  test('lets options replace what the input says', async () => {
    expect(await asJson(['explain', '--status', '500', '-'], { input: CURL })).toMatchObject({
      status: 500,
    });
  });

  test('chooses the catalog by name before the host, or none', async () => {
    const url = ['--url', 'https://api.stripe.com/v1/charges'];
    const base = ['explain', '--status', '429', '--body', '{"error":{"code":"lock_timeout"}}'];
    expect(await asJson([...base, ...url])).toMatchObject({
      catalog: { name: 'stripe', chosenBy: 'host' },
      classification: { category: 'retryable', decidedBy: 'catalog' },
    });
    expect(await asJson([...base, ...url, '--catalog', 'openai'])).toMatchObject({
      catalog: { name: 'openai', chosenBy: 'name' },
    });
    expect(await asJson([...base, ...url, '--catalog', 'none'])).toMatchObject({ catalog: null });
  });

  test("shows no control characters of a server's words", async () => {
    const body = JSON.stringify({ message: 'red \u001b[31m\nnext \u0007' });
    const { printed } = await run(['explain', '--status', '400', '--body', body]);
    expect(printed).toContain('red  next');
    expect(printed.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('curl -v, with its two outputs in one', () => {
  const exchange = [
    '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current',
    '                                 Dload  Upload   Total   Spent    Left  Speed',
    '\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0*   Trying 1.2.3.4:443...',
    '* Connected to api.openai.com (1.2.3.4) port 443 (#0)',
    '* TLSv1.3 (OUT), TLS handshake, Client hello (1):',
    '> POST /v1/responses HTTP/2\r',
    '> Host: api.openai.com\r',
    '> Authorization: Bearer s3cret\r',
    '> \r',
    '} [2 bytes data]',
    '< HTTP/2 100 \r',
    '< \r',
    '< HTTP/2 429 \r',
    '< date: Sun, 22 Nov 2026 10:00:00 GMT\r',
    '< retry-after: 20\r',
    '< \r',
    '{ [61 bytes data]',
    '\r100    71    0    61  100    10   8870    170 --:--:-- --:--:-- --:--:-- 10600',
    '{"error":{"code":"rate_limit_exceeded","message":"Rate limit',
    'reached"}}* Connection #0 to host api.openai.com left intact',
    '',
  ].join('\n');

  test('gives status, headers, body, method and address', async () => {
    expect(await asJson(['explain'], { input: exchange })).toMatchObject({
      status: 429,
      method: 'POST',
      url: 'https://api.openai.com/v1/responses',
      catalog: { name: 'openai', chosenBy: 'host' },
      now: Date.UTC(2026, 10, 22, 10),
      classification: { retryAfterMs: 20_000, category: 'throttle' },
    });
    const body = exchange.replace('Rate limit\nreached', 'Rate limit reached');
    expect(await asJson(['explain'], { input: body })).toMatchObject({
      classification: { errorCode: 'rate_limit_exceeded', message: 'Rate limit reached' },
    });
  });

  test('says nothing of what the request held', async () => {
    const { printed } = await run(['explain'], { input: exchange });
    expect(printed).not.toContain('s3cret');
  });

  test('a connection that never stood is an error', async () => {
    const input =
      '* connect to 1.2.3.4 failed\ncurl: (7) Failed to connect to example.com port 81\n';
    expect(await asJson(['explain'], { input })).toMatchObject({
      status: null,
      classification: { category: 'retryable', errorCode: 'ECONNREFUSED', unprocessed: true },
    });
  });
});

describe('an error that was thrown', () => {
  const NODE = [
    'Uncaught TypeError: fetch failed',
    '    at node:internal/deps/undici/undici:14976:13',
    '    at async main (file:///srv/app.js:3:9) {',
    '  [cause]: Error: connect ECONNREFUSED 127.0.0.1:81',
    '      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16) {',
    '    errno: -111,',
    "    code: 'ECONNREFUSED',",
    "    syscall: 'connect',",
    '    port: 81',
    '  }',
    '}',
  ].join('\n');
  const refused = { category: 'retryable', errorCode: 'ECONNREFUSED', unprocessed: true };

  test.each<[string, string, object]>([
    ['as Node prints it', NODE, refused],
    [
      'as JSON with its cause',
      '{"name":"TypeError","message":"fetch failed","cause":{"code":"ECONNREFUSED","message":"x"}}',
      refused,
    ],
    ['as JSON with a code alone', '{"code":"ECONNREFUSED"}', refused],
    [
      'an aggregate',
      "AggregateError [ECONNREFUSED]: \n    at x (node:net:1:1) {\n  code: 'ECONNREFUSED',",
      refused,
    ],
    [
      'that carries a status',
      '{"name":"APIError","status":503,"message":"down","headers":{"retry-after":"4"}}',
      { category: 'retryable', status: 503, retryAfterMs: 4_000 },
    ],
    [
      'in one line',
      'TimeoutError: The operation was aborted due to timeout',
      { category: 'retryable' },
    ],
    [
      'of the program',
      'TypeError: x is not a function\n    at main (app.js:1:1)',
      { category: 'fatal' },
    ],
  ])('%s is explained', async (_how, input, classification) => {
    expect(await asJson(['explain'], { input })).toMatchObject({ status: null, classification });
  });

  test('is titled by its name, and a retry follows where it helps', async () => {
    const { printed } = await run(['explain', 'error.txt'], { files: { 'error.txt': NODE } });
    expect(printed).toMatch(/^TypeError: try again\n/);
    expect(printed).toMatch(/retry 1 +after 0 ms to 250 ms/);
  });

  test('that no retry helps says why there is none', async () => {
    const { printed } = await run(['explain'], { input: 'TypeError: x is not a function' });
    expect(printed).toMatch(/no retry +.*fatal/);
  });
});

describe('the schedule', () => {
  test('waits as long as the whole stack does: a throttle binds the call that got it', async () => {
    const [hinted] = (await scheduleOf('--status', '429', '--header', 'retry-after: 7')).retries;
    expect(hinted?.earliestMs).toBeGreaterThanOrEqual(7000);
    const [unhinted] = (await scheduleOf('--status', '429')).retries;
    expect(unhinted).toMatchObject({ earliestMs: 0, latestMs: 250 });
  });

  const scheduleOf = async (...args: readonly string[]) =>
    (await asJson(['explain', ...args])).schedule as {
      retries: { retry: number; earliestMs: number; latestMs: number }[];
      stopsBecause: string | null;
    };

  test('grows with full jitter where the server does not say how long', async () => {
    expect((await scheduleOf('--status', '503')).retries).toEqual([
      { retry: 1, earliestMs: 0, latestMs: 250 },
      { retry: 2, earliestMs: 0, latestMs: 500 },
      { retry: 3, earliestMs: 0, latestMs: 1_000 },
    ]);
  });

  test('is as long as --max-retries says', async () => {
    const { retries } = await scheduleOf('--status', '503', '--max-retries', '5');
    expect(retries).toHaveLength(5);
    expect(await scheduleOf('--status', '503', '--max-retries', '0')).toMatchObject({
      retries: [],
      stopsBecause: expect.stringContaining('maxRetries'),
    });
  });

  test('is never earlier than the server said, and ends where it asks for too long', async () => {
    const [first] = (await scheduleOf('--status', '429', '-H', 'retry-after: 3')).retries;
    expect(first?.earliestMs).toBe(3_000);
    expect(await scheduleOf('--status', '429', '-H', 'retry-after: 3600')).toMatchObject({
      retries: [],
      stopsBecause: expect.stringContaining('maxRetryAfterMs'),
    });
  });

  test('is empty for what is fatal, and for a success', async () => {
    expect(await scheduleOf('--status', '400')).toMatchObject({
      retries: [],
      stopsBecause: expect.stringContaining('fatal'),
    });
    expect(await scheduleOf('--status', '204')).toEqual({ retries: [], stopsBecause: null });
  });

  test('repeats a POST only if it was not processed, or if the catalog backs off on it', async () => {
    const post = ['--method', 'post'];
    expect((await scheduleOf('--status', '500', ...post)).retries).toEqual([]);
    expect((await scheduleOf('--status', '503', ...post)).retries).toEqual([]);
    const refused = ['--status', '503', '--header', 'retry-after: 1', ...post];
    expect((await scheduleOf(...refused)).retries).toHaveLength(3);
    const ondemand = [...post, '--catalog', 'ondemand'];
    expect((await scheduleOf('--status', '504', ...ondemand)).retries).toHaveLength(3);
  });
});

describe('a wrong command line', () => {
  test.each([
    [['--status', 'many'], '--status: expected three digits, 100 to 999, got "many"'],
    [['--status', '42'], '--status: expected three digits, 100 to 999, got "42"'],
    [['--status', '429', '--header', 'no colon'], '--header: expected "name: value"'],
    [['--status', '429', '--url', 'api.openai.com'], '--url: expected a URL with its scheme'],
    [['--status', '429', '--catalog', 'opanai'], '--catalog: expected one of ondemand, openai'],
    [['--status', '429', '--now', 'soon'], '--now: expected epoch milliseconds or a date'],
    [
      ['--status', '429', '--max-retries', '-1'],
      '--max-retries: expected a whole number, 0 to 100',
    ],
    [['--status', '429', '--method', 'a b'], '--method: expected an HTTP method, got "a b"'],
    [['a', 'b'], 'explain takes one input at most, got 2'],
    [[], 'nothing to explain'],
  ])('%j exits with 2 and says why', async (args, message) => {
    const { code, printed, complained } = await run(['explain', ...args]);
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(complained).toContain(message);
    expect(complained).toContain('holdfast explain --help');
    expect(complained).not.toContain('    at ');
  });

  test('an input without a status line exits with 2 and says what is missing', async () => {
    const { code, complained } = await run(['explain'], { input: '{"a":1}' });
    expect(code).toBe(2);
    expect(complained).toContain('give --status');
  });

  test('a file that cannot be read exits with 1', async () => {
    const { code, complained } = await run(['explain', 'absent.txt']);
    expect(code).toBe(1);
    expect(complained).toContain("open 'absent.txt'");
  });
});
