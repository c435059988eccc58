import { describe, expect, test } from '@jest/globals';
import { openai, shopify, slack, ondemand } from '../../src/catalogs.ts';
import type { Catalog } from '../../src/classify/catalog/catalog.ts';
import type { Classification } from '../../src/core/classification.ts';
import { liteReader } from '../../src/lite/outcome-reader.ts';
import {
  ONDEMAND_ERRORS,
  ONDEMAND_ERROR_CODES,
  RETRY_AFTER_FORMS,
  networkError,
  ondemandErrorBody,
  retryAfterHeader,
  virtualClock,
} from '../../src/testing.ts';
import { endless, silent } from '../classify/body/streams.ts';

const clock = virtualClock();

function classify(response: Response, ...catalogs: readonly Catalog[]): Promise<Classification> {
  return Promise.resolve(liteReader(clock, catalogs).classifyValue(response));
}

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });

/** What each code of OnDemand's error contract asks of its caller. */
const CATEGORIES = {
  invalid_request: 'fatal',
  context_length_exceeded: 'fatal',
  unauthenticated: 'fatal',
  unauthorized: 'fatal',
  not_found: 'fatal',
  method_not_allowed: 'fatal',
  rate_limit_exceeded: 'throttle',
  server_error: 'retryable',
  model_error: 'retryable',
  bad_gateway: 'retryable',
  resource_unavailable: 'retryable',
  plugin_execution_timeout: 'retryable',
} as const;

describe('the errors of OnDemand', () => {
  const cases = ONDEMAND_ERROR_CODES.flatMap((errorCode) =>
    (['flat', 'nested'] as const).map((envelope) => ({ errorCode, envelope })),
  );

  test.each(cases)('$errorCode, $envelope, has its category', async ({ errorCode, envelope }) => {
    const { status, message } = ONDEMAND_ERRORS[errorCode];
    const response = () => answer(status, ondemandErrorBody(errorCode, message, envelope));
    const expected = { category: CATEGORIES[errorCode], errorCode, message, status };
    expect(await classify(response())).toMatchObject({
      ...expected,
      decidedBy: 'status',
      rule: `status ${status}`,
    });
    expect(await classify(response(), ondemand)).toMatchObject({
      ...expected,
      decidedBy: 'catalog',
      rule: `ondemand: code "${errorCode}"`,
    });
  });

  test('a code of the catalog goes before the status that it came with', async () => {
    const response = () => answer(400, ondemandErrorBody('rate_limit_exceeded', 'Slow down'));
    expect((await classify(response())).category).toBe('fatal');
    expect((await classify(response(), ondemand)).category).toBe('throttle');
  });

  test('a code that nobody knows falls back to its status', async () => {
    const response = answer(502, ondemandErrorBody('brand_new', 'Oh'));
    expect(await classify(response, ondemand)).toMatchObject({
      category: 'retryable',
      errorCode: 'brand_new',
      decidedBy: 'status',
    });
  });
});

describe('a catalog', () => {
  const limited = () =>
    answer(429, { error: { message: 'No money', type: 'insufficient_quota', code: null } });

  test('tells a 429 that no waiting helps from one that waiting helps', async () => {
    expect((await classify(limited())).category).toBe('throttle');
    expect(await classify(limited(), openai)).toMatchObject({
      category: 'fatal',
      errorCode: 'insufficient_quota',
    });
  });

  test('that knows the code decides, of several', async () => {
    expect((await classify(limited(), ondemand, openai)).category).toBe('fatal');
  });

  test('may know a later code of the body', async () => {
    const response = answer(500, { code: 'E17', error: { type: 'rate_limit_exceeded' } });
    expect(await classify(response, ondemand)).toMatchObject({
      category: 'throttle',
      errorCode: 'E17',
      rule: 'ondemand: code "rate_limit_exceeded"',
    });
  });

  test('may know a status', async () => {
    const mine: Catalog = { ...ondemand, name: 'mine', statuses: { 404: 'retryable' } };
    expect(await classify(answer(404, ''), mine)).toMatchObject({
      category: 'retryable',
      rule: 'mine: status 404',
    });
  });

  test('does not know what every object has', async () => {
    const response = answer(500, { errorCode: 'constructor', message: '' });
    expect((await classify(response, ondemand)).decidedBy).toBe('status');
  });
});

describe('code and message', () => {
  test.each<[string, unknown, string | undefined, string | undefined]>([
    ['errorCode', { errorCode: 'a_b', message: 'm' }, 'a_b', 'm'],
    ['error.errorCode', { error: { errorCode: 'a_b', message: 'm' } }, 'a_b', 'm'],
    ['error_code', { error_code: 'a_b', msg: 'm' }, 'a_b', 'm'],
    ['code', { code: 'a_b', detail: 'm' }, 'a_b', 'm'],
    ['a number of its own', { code: 40_007, message: 'm' }, '40007', 'm'],
    ['error.code before error.type', { error: { type: 't', code: 'a_b' } }, 'a_b', undefined],
    ['error.type', { type: 'error', error: { type: 'a_b', message: 'm' } }, 'a_b', 'm'],
    ['error.status beside its number', { error: { code: 503, status: 'A_B' } }, 'A_B', undefined],
    ['error as a word', { error: 'a_b', error_description: 'm' }, 'a_b', 'm'],
    ['error as a sentence', { error: 'It broke' }, undefined, 'It broke'],
    ['errors', { errors: [{ message: 'm', extensions: { code: 'A_B' } }] }, 'A_B', 'm'],
    ['errors in error', { error: { code: 503, errors: [{ reason: 'aB' }] } }, 'aB', undefined],
    ['__type', { __type: 'com.amazonaws.v1#AbException', message: 'm' }, 'AbException', 'm'],
    ['a list', [{ error: { code: 'a_b', message: 'm' } }], 'a_b', 'm'],
    ['a problem', { type: 'https://e.com/p', title: 't', detail: 'm' }, undefined, 'm'],
    ['nothing of use', { error: null, errors: [null], code: 0, message: 7 }, undefined, undefined],
    ['no object', '"text"', undefined, undefined],
    ['no JSON', '<h1>503</h1>', undefined, undefined],
    ['nothing', '', undefined, undefined],
  ])('of a body with %s', async (_what, body, errorCode, message) => {
    expect(await classify(answer(503, body))).toMatchObject({
      category: 'retryable',
      errorCode,
      message,
    });
  });

  test('a message is cut, and a long text is no code', async () => {
    const { errorCode, message } = await classify(
      answer(500, { code: 'c'.repeat(300), message: 'm'.repeat(9_000) }),
    );
    expect([errorCode, message?.length]).toEqual([undefined, 2_000]);
  });
});

describe('the wait', () => {
  test.each(RETRY_AFTER_FORMS)('is read as %s', async (form) => {
    const header = retryAfterHeader(form, 3_000, clock.epochNow());
    const { retryAfterMs } = await classify(answer(429, '', Object.fromEntries([header])));
    expect(retryAfterMs).toBe(3_000);
  });

  test.each<[string, number | undefined]>([
    ['3, 3', 3_000],
    ['0', 0],
    ['1.5', 1_500],
    ['-1', undefined],
    ['soon', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['Infinity', undefined],
    ['9999999999999', undefined],
    ['May 2099', undefined],
    ['2099-01-01T00:00:00Z', undefined],
    ['Sun, 06 Nov 1994 08:49:37 GMT', undefined],
    ['Xxx, 99 Xxx 9999 99:99:99 GMT', undefined],
  ])('of Retry-After: %s is %p', async (value, retryAfterMs) => {
    const classification = await classify(answer(503, '', { 'retry-after': value }));
    expect(classification.retryAfterMs).toBe(retryAfterMs);
  });

  test('does not make a 400 worth repeating', async () => {
    const response = answer(400, '', { 'retry-after': '1' });
    expect(await classify(response)).toMatchObject({ category: 'fatal', retryAfterMs: 1_000 });
  });
});

describe('that a request was not acted on', () => {
  test.each([
    { of: 'a 429', response: answer(429, ''), unprocessed: true },
    { of: 'a 421', response: answer(421, ''), unprocessed: true },
    { of: 'a 425', response: answer(425, ''), unprocessed: true },
    {
      of: 'a 503 with a Retry-After',
      response: answer(503, '', { 'retry-after': '1' }),
      unprocessed: true,
    },
    {
      of: 'a 503 with a code of the catalog',
      response: answer(503, { code: 'resource_unavailable' }),
      unprocessed: true,
    },
    { of: 'a 503 alone', response: answer(503, ''), unprocessed: false },
    {
      of: 'a 500 with the code of a throttle',
      response: answer(500, { code: 'rate_limit_exceeded' }),
      unprocessed: false,
    },
    {
      of: 'a 502, whatever it says',
      response: answer(502, '', { 'retry-after': '1' }),
      unprocessed: false,
    },
    { of: 'a 504', response: answer(504, ''), unprocessed: false },
  ])('is $unprocessed of $of', async ({ response, unprocessed }) => {
    expect((await classify(response, ondemand)).unprocessed).toBe(unprocessed);
  });

  test('is not said by the target of a redirect', async () => {
    const response = answer(429, '');
    Object.defineProperty(response, 'redirected', { value: true });
    expect((await classify(response)).unprocessed).toBe(false);
  });
});

describe('statuses', () => {
  test.each([
    [199, 'success'],
    [304, 'success'],
    [402, 'fatal'],
    [408, 'retryable'],
    [420, 'throttle'],
    [423, 'retryable'],
    [501, 'fatal'],
    [522, 'retryable'],
    [529, 'throttle'],
    [999, 'fatal'],
  ])('%d is %s, as it is for the whole classifier', async (status, category) => {
    const response = new Response('');
    Object.defineProperty(response, 'status', { value: status });
    expect((await classify(response)).category).toBe(category);
  });
});

describe('a success', () => {
  test('is not touched, unless the catalog says that errors come in it', async () => {
    const body = { ok: false, error: 'ratelimited' };
    const response = answer(200, body);
    response.clone = () => {
      throw new Error('touched');
    };
    expect(liteReader(clock, [ondemand]).classifyValue(response)).toMatchObject({
      category: 'success',
    });
    expect(await classify(answer(200, body), slack)).toMatchObject({
      category: 'throttle',
      errorCode: 'ratelimited',
      status: 200,
    });
  });

  test.each<[string, unknown, string]>([
    [
      'a code that the catalog knows',
      { errors: [{ extensions: { code: 'THROTTLED' } }] },
      'throttle',
    ],
    [
      'an error that it does not know',
      { data: {}, errors: [{ message: 'No such field' }] },
      'fatal',
    ],
    ['no error', { data: { error: 'a field of the data', message: 'hello' } }, 'success'],
    ['an empty list of errors', { data: {}, errors: [], message: 'fine' }, 'success'],
    ['a message', { message: 'done', code: 'created' }, 'success'],
    ['no JSON', 'ok: false', 'success'],
  ])('with %s', async (_what, body, category) => {
    expect((await classify(answer(200, body), shopify)).category).toBe(category);
  });

  test('is anything that is no response', () => {
    const { classifyValue } = liteReader(clock);
    for (const value of [undefined, null, 7, 'text', {}, { status: 500 }]) {
      expect(classifyValue(value)).toMatchObject({ category: 'success' });
    }
  });
});

describe('a body', () => {
  test('stays unread and whole, and is read once however many ask', async () => {
    const text = ondemandErrorBody('bad_gateway', 'No'.repeat(50_000));
    const response = answer(502, text);
    let clones = 0;
    const clone = response.clone.bind(response);
    response.clone = () => {
      clones += 1;
      return clone();
    };
    await classify(response);
    await classify(response, ondemand);
    expect([clones, response.bodyUsed]).toEqual([1, false]);
    expect(await response.text()).toBe(text);
  });

  test.each([
    ['stalls', () => silent().body],
    ['does not end', () => endless(4_096).body],
    ['breaks off', () => new ReadableStream({ pull: (body) => body.error(new Error('gone')) })],
  ])('that %s is done without', async (_what, body) => {
    const reading = classify(new Response(body(), { status: 503 }));
    expect(await clock.run(reading)).toMatchObject({ category: 'retryable', errorCode: undefined });
  });

  test.each([
    ['used', (response: Response) => response.text()],
    ['locked', (response: Response) => response.body?.getReader()],
  ])('that is %s already is done without', async (_what, use) => {
    const response = answer(503, { code: 'a_b' });
    await use(response);
    expect(await classify(response)).toMatchObject({ category: 'retryable', errorCode: undefined });
  });
});

describe('an error', () => {
  const { classifyError } = liteReader(clock, [ondemand]);

  test.each<[string, unknown, string]>([
    ['of the network', networkError('ECONNREFUSED'), 'retryable'],
    ['of a browser', new TypeError('Failed to fetch'), 'retryable'],
    ['of an SDK, by its status', Object.assign(new Error('x'), { status: 429 }), 'throttle'],
    ['of a signal', new DOMException('over', 'TimeoutError'), 'retryable'],
    ['of the caller', new DOMException('stop', 'AbortError'), 'fatal'],
    ['of the program', new RangeError('x'), 'fatal'],
    ['that is none', undefined, 'fatal'],
  ])('%s', (_what, error, category) => {
    expect(classifyError(error)).toMatchObject({ category });
  });
});
