import { describe, expect, test } from '@jest/globals';
import { resilientFetch, type ResilientFetchOptions } from 'holdfast';
import * as catalogs from 'holdfast/catalogs';
import { exportOf } from '../../../src/cli/doctor/settings.ts';
import { run, type Ran } from '../run.ts';

const START = Date.UTC(2026, 0, 1, 12);

interface Group {
  readonly count: number;
  readonly method: string;
  readonly routes: Readonly<Record<string, number>>;
  readonly status: number | null;
  readonly errorCode: string | null;
  readonly category: string;
  readonly isRetried: boolean;
  readonly schedule: { readonly stopsBecause: string };
  readonly effect: string;
}

interface Report {
  readonly requests: number;
  readonly failures: number;
  readonly unreadable: number;
  readonly withoutRequest: number;
  readonly servers: readonly {
    readonly origin: string | null;
    readonly catalog: string | null;
    readonly groups: readonly Group[];
    readonly replay: {
      readonly opened: readonly { readonly route: string | null }[];
      readonly refusedByCircuit: number;
      readonly heldBack: number;
      readonly leftOut: number;
    } | null;
  }[];
  readonly advice: readonly {
    readonly setting: string;
    readonly value: unknown;
    readonly evidence: string;
  }[];
  readonly settings: Readonly<Record<string, unknown>>;
}

type Line = Readonly<Record<string, unknown>>;

const linesOf = (lines: readonly (Line | string)[]): string =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');

async function reportOn(lines: readonly (Line | string)[], ...args: string[]): Promise<Report> {
  const { printed, complained } = await run(['doctor', '--json', ...args], {
    input: linesOf(lines),
  });
  expect(complained).toBe('');
  return JSON.parse(printed) as Report;
}

const textOn = (lines: readonly (Line | string)[], columns = 100): Promise<Ran> =>
  run(['doctor', '-'], { input: linesOf(lines), terminal: { columns } });

/** So many lines, one every so many milliseconds. */
const every = (ms: number, count: number, line: (index: number) => Line): readonly Line[] =>
  Array.from({ length: count }, (_, index) => ({ time: START + ms * index, ...line(index) }));

const api = (path = '/v1/things') => ({ method: 'GET', url: `https://api.example.com${path}` });
const adviceOn = ({ advice }: Report, setting: string) =>
  advice.find((one) => one.setting === setting);

describe('failures', () => {
  test('of one kind are counted together, with the routes that they had', async () => {
    const { requests, failures, servers } = await reportOn([
      { ...api('/users/1'), status: 503 },
      { ...api('/users/2'), status: 503 },
      { ...api('/orders'), status: 503 },
      { ...api(), method: 'POST', status: 503 },
      { ...api(), status: 404 },
      { ...api(), status: 200 },
    ]);
    expect({ requests, failures }).toEqual({ requests: 6, failures: 5 });
    expect(servers[0]?.groups).toMatchObject([
      {
        count: 3,
        status: 503,
        category: 'retryable',
        isRetried: true,
        effect: 'breaker',
        routes: { 'GET /users/:id': 2, 'GET /orders': 1 },
      },
      { count: 1, method: 'POST', isRetried: false },
      { count: 1, status: 404, category: 'fatal', isRetried: false, effect: 'none' },
    ]);
  });

  test('are read by the catalog of their host, or by the one that is named', async () => {
    const line = {
      url: 'https://api.stripe.com/v1/charges',
      method: 'GET',
      status: 429,
      body: { error: { code: 'lock_timeout' } },
    };
    expect((await reportOn([line])).servers[0]).toMatchObject({
      catalog: 'stripe',
      groups: [{ category: 'retryable', decidedBy: 'catalog' }],
    });
    expect((await reportOn([line], '--catalog', 'none')).servers[0]).toMatchObject({
      catalog: null,
      groups: [{ decidedBy: 'code' }],
    });
    expect(await run(['doctor', '--catalog', 'stripes', '-'], { input: '' })).toMatchObject({
      code: 2,
      complained: expect.stringContaining('--catalog: expected one of'),
    });
  });

  test('of a request with an idempotency key are retried, and without one they are not', async () => {
    const post = { ...api(), method: 'POST', status: 502 };
    const keyed = { ...post, requestHeaders: { 'Idempotency-Key': 'k' } };
    const { servers } = await reportOn([post, keyed]);
    expect(servers[0]?.groups.map(({ isRetried }) => isRetried)).toEqual([false, true]);
  });

  test('that were thrown instead of a response are told by name and code', async () => {
    const { printed } = await textOn([
      { ...api(), error: { name: 'TypeError', cause: { code: 'ECONNREFUSED' } } },
    ]);
    expect(printed).toContain('1 × TypeError, ECONNREFUSED: retryable');
  });

  test('are bounded in their kinds: what is beyond is counted', async () => {
    const lines = Array.from({ length: 700 }, (_, index) => ({
      ...api(),
      status: 400,
      body: { errorCode: `code_${index}` },
    }));
    const report = await reportOn(lines);
    expect(report).toMatchObject({ failures: 700, ungrouped: 200 });
    const { printed } = await textOn(lines);
    expect(printed).toContain('200 failures were too varied');
    expect(printed.split('\n').length).toBeLessThan(200);
  });
});

describe('lines', () => {
  test('that cannot be read are counted and told, and stop nothing', async () => {
    const lines = ['not json', { ...api(), status: 503 }, '{"status":', { msg: 'started' }];
    expect(await reportOn(lines)).toMatchObject({ requests: 1, unreadable: 2, withoutRequest: 1 });
    expect((await textOn(lines)).printed.replaceAll(/\s+/g, ' ')).toContain(
      '2 lines could not be read. 1 line told of no request.',
    );
  });

  test('of which none tells of a request exit with 1 and say so', async () => {
    expect(await run(['doctor', '-'], { input: 'a\nb\n{"msg":"x"}' })).toMatchObject({
      code: 1,
      complained: expect.stringContaining('2 pieces could not be read, 1 tell of something else'),
    });
    expect(await run(['doctor'], { input: '' })).toMatchObject({ code: 1 });
  });

  test('come from a file, from standard input, or from nowhere', async () => {
    const files = { 'log.jsonl': linesOf([{ ...api(), status: 404 }]) };
    expect(await run(['doctor', 'log.jsonl'], { files })).toMatchObject({ code: 0 });
    expect(await run(['doctor', 'absent'], { files })).toMatchObject({ code: 1 });
    expect(await run(['doctor'])).toMatchObject({
      code: 2,
      complained: expect.stringContaining('nothing to read'),
    });
  });
});

describe('played through the limiter and the breaker', () => {
  const [replayed] = [async (lines: readonly Line[]) => (await reportOn(lines)).servers[0]?.replay];

  test('an outage opens the circuit, and requests are refused', async () => {
    const outage = every(100, 200, (index) => ({
      ...api(`/${['a', 'b', 'c'][index % 3]}`),
      status: index < 50 ? 200 : 503,
      durationMs: 20,
    }));
    const replay = await replayed(outage);
    expect(replay?.opened[0]).toMatchObject({ route: null });
    expect(replay?.refusedByCircuit).toBeGreaterThan(50);
    const { printed } = await textOn(outage);
    expect(printed.replaceAll(/\s+/g, ' ')).toContain(
      'the circuit would have opened at 2026-01-01 12:00:0',
    );
  });

  test('failures with answers between them open nothing', async () => {
    const replay = await replayed(
      every(100, 200, (index) => ({ ...api(), status: index % 6 === 0 ? 503 : 200 })),
    );
    expect(replay).toMatchObject({ opened: [], refusedByCircuit: 0 });
  });

  test('a log of failures alone says that successes are missing', async () => {
    const { printed } = await textOn(every(100, 30, () => ({ ...api(), status: 503 })));
    expect(printed.replaceAll(/\s+/g, ' ')).toContain('The log has failures only');
  });

  test('needs times: without them nothing is played', async () => {
    const { servers } = await reportOn([{ ...api(), status: 503 }]);
    expect(servers[0]?.replay).toBeNull();
  });
});

describe('advice', () => {
  test('is none, with exit code 0, where the log shows no need', async () => {
    const lines = every(1_000, 20, () => ({ ...api(), status: 200, durationMs: 50 }));
    const { code, printed } = await textOn([...lines, { ...api(), status: 404 }]);
    expect(code).toBe(0);
    expect(printed).toContain('the defaults fit');
  });

  test('names the catalog of a host whose codes were met', async () => {
    const openai = {
      url: 'https://api.openai.com/v1/responses',
      status: 429,
      body: { error: { code: 'insufficient_quota' } },
    };
    const report = await reportOn([openai]);
    expect(report.settings).toMatchObject({ catalog: 'openai' });
    expect((await run(['doctor', '-'], { input: linesOf([openai]) })).code).toBe(1);
    const plain = { ...openai, body: undefined };
    expect(adviceOn(await reportOn([plain]), 'catalog')).toBeUndefined();
    const named = await reportOn([openai], '--catalog', 'openai');
    expect(adviceOn(named, 'catalog')).toBeUndefined();
  });

  test('shortens the attempt timeout where many answers were quick, never below what is documented', async () => {
    const answers = every(100, 150, (index) => ({
      ...api(),
      status: 200,
      durationMs: 100 + index,
    }));
    expect(adviceOn(await reportOn(answers), 'attemptTimeoutMs')).toMatchObject({
      value: 1_000,
      evidence: expect.stringContaining('150 answers'),
    });
    expect(adviceOn(await reportOn(answers.slice(60)), 'attemptTimeoutMs')).toBeUndefined();
    const slow = every(100, 150, () => ({ ...api(), status: 200, durationMs: 90_000 }));
    expect(adviceOn(await reportOn(slow), 'attemptTimeoutMs')).toBeUndefined();
    const url = 'https://api.on-demand.io/chat/v1/sessions';
    const ondemand = every(100, 150, () => ({ method: 'GET', url, status: 200, durationMs: 100 }));
    expect(adviceOn(await reportOn(ondemand), 'attemptTimeoutMs')).toMatchObject({
      value: 150_000,
    });
  });

  test('tells of waits above maxRetryAfterMs, and sets none for those that no call can wait', async () => {
    const asking = (seconds: number) => [
      { ...api(), status: 429, headers: { 'retry-after': String(seconds) } },
    ];
    expect(adviceOn(await reportOn(asking(60)), 'retry.maxRetryAfterMs')).toBeUndefined();
    expect(adviceOn(await reportOn(asking(90)), 'retry.maxRetryAfterMs')).toMatchObject({
      value: 100_000,
    });
    expect(adviceOn(await reportOn(asking(86_400)), 'retry.maxRetryAfterMs')).toMatchObject({
      value: null,
    });
    // It depends on who calls: no setting for everybody.
    expect((await reportOn(asking(90))).settings).toEqual({});
  });

  test('sets a rate from announced limits where requests were throttled', async () => {
    const headers = { 'ratelimit-policy': '"a";q=100;w=10', ratelimit: '"a";r=5;t=3' };
    const lines = every(100, 30, (index) => ({
      ...api(),
      headers,
      status: index % 10 === 0 ? 429 : 200,
    }));
    expect(adviceOn(await reportOn(lines), 'rateLimit.ratePerSecond')).toMatchObject({
      value: 9.5,
      evidence: expect.stringContaining('say 100 in 10 s'),
    });
    const unthrottled = every(100, 30, () => ({ ...api(), headers, status: 200 }));
    expect(adviceOn(await reportOn(unthrottled), 'rateLimit.ratePerSecond')).toBeUndefined();
  });

  test('sets a rate from what was accepted under throttles, and none from throttles by chance', async () => {
    // Ten of twenty a second are accepted.
    const limited = every(50, 1_200, (index) => ({
      ...api(),
      status: index % 20 < 10 ? 200 : 429,
    }));
    expect(adviceOn(await reportOn(limited), 'rateLimit.ratePerSecond')).toMatchObject({
      value: 10,
    });
    const byChance = every(50, 1_200, (index) => ({
      ...api(),
      status: index % 50 === 0 ? 429 : 200,
    }));
    expect(adviceOn(await reportOn(byChance), 'rateLimit.ratePerSecond')).toBeUndefined();
  });

  test('sets an idempotency key where the provider documents one, and asks where nobody knows', async () => {
    const post = { method: 'POST', status: 502 };
    const stripe = { ...post, url: 'https://api.stripe.com/v1/charges' };
    const openai = { ...post, url: 'https://api.openai.com/v1/responses' };
    expect((await reportOn([stripe])).settings).toMatchObject({ idempotencyKey: 'auto' });
    expect(adviceOn(await reportOn([{ ...post, url: api().url }]), 'idempotencyKey')).toMatchObject(
      { value: null },
    );
    expect(adviceOn(await reportOn([openai]), 'idempotencyKey')).toBeUndefined();
  });

  test('is made of options that resilientFetch takes', async () => {
    const lines = [
      ...every(100, 200, () => ({ ...api(), status: 200, durationMs: 50 })),
      ...every(50, 1_200, (index) => ({
        url: 'https://api.openai.com/v1/responses',
        status: index % 20 < 10 ? 200 : 429,
        body: index % 20 < 10 ? undefined : { error: { code: 'rate_limit_exceeded' } },
        durationMs: 40,
      })),
    ];
    const { settings } = await reportOn(lines);
    expect(settings).toMatchObject({
      catalog: 'byHost',
      forKey: {
        'https://api.example.com': { attemptTimeoutMs: 1_000 },
        'https://api.openai.com': { rateLimit: { ratePerSecond: 10 } },
      },
    });
    const options = { ...settings, catalog: catalogs.byHost } as ResilientFetchOptions;
    expect(() => resilientFetch(globalThis.fetch, options)).not.toThrow();
    const { printed } = await textOn(lines);
    expect(printed).toContain("  import { byHost } from 'holdfast/catalogs';");
  });

  test('names catalogs as they are exported', () => {
    const exported = Object.keys(catalogs);
    const all = Object.values(catalogs).filter((one) => typeof one === 'object' && 'codes' in one);
    expect(all.length).toBeGreaterThan(15);
    expect(
      all.map(({ name }) => exportOf(name)).filter((name) => !exported.includes(name)),
    ).toEqual([]);
  });
});

describe('secrets', () => {
  const SECRETS = {
    bearer: 'tok-9f8e7d6c5b4a',
    key: 'abcdef-key-123',
    cookie: 'sid-Q1w2E3r4T5',
    query: 'queryvalue77',
    password: 'pass-word-42',
    openai: 'sk-proj-ABCdef123456',
    jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  };
  const request = {
    method: 'POST',
    url: `https://user:${SECRETS.password}@api.example.com/bot${SECRETS.openai}/send?api_key=${SECRETS.query}`,
  };
  const headers = {
    authorization: `Bearer ${SECRETS.bearer}`,
    'x-api-key': SECRETS.key,
    cookie: `session=${SECRETS.cookie}`,
  };
  /** A server that repeats all of it, as message and as code. */
  const echo = (code: string) => ({ error: { code, message: Object.values(SECRETS).join(' ') } });
  const pairs = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).map(([name, value]) => ({ name, value }));

  const hars = Object.values(SECRETS).map((secret) => ({
    request: { ...request, headers: pairs(headers) },
    response: {
      status: 400,
      headers: pairs({ 'set-cookie': `session=${SECRETS.cookie}` }),
      content: { text: JSON.stringify(echo(secret)) },
    },
  }));
  const lines = Object.values(SECRETS).flatMap((secret) => [
    {
      ...request,
      requestHeaders: headers,
      status: 400,
      body: { code: `rate_limit_exceeded_for_${secret}` },
    },
    { ...request, requestHeaders: headers, status: 400, body: echo(secret) },
    {
      ...request,
      requestHeaders: headers,
      error: { name: 'TypeError', message: `failed: ${secret}`, code: secret },
    },
  ]);
  const curl = [
    `> POST /send?api_key=${SECRETS.query} HTTP/1.1`,
    '> Host: api.example.com',
    `> Authorization: Bearer ${SECRETS.bearer}`,
    `> Cookie: session=${SECRETS.cookie}`,
    '> ',
    '< HTTP/1.1 401 Unauthorized',
    '< ',
    JSON.stringify(echo(SECRETS.bearer)),
  ].join('\n');

  test.each([
    ['a HAR', JSON.stringify({ log: { entries: hars } })],
    ['JSON lines', linesOf(lines)],
    ['a curl log', curl],
  ])('of %s never reach the output', async (_what, input) => {
    for (const form of [[], ['--json']]) {
      const { printed, complained } = await run(['doctor', ...form], { input });
      expect(printed).toContain('api.example.com');
      for (const [name, secret] of Object.entries(SECRETS)) {
        expect([name, `${printed}${complained}`.includes(secret)]).toEqual([name, false]);
      }
    }
  });
});

test.each([40, 60, 80, 110])('the text fits into %d columns, but for code', async (columns) => {
  const lines = every(100, 60, (index) => ({
    ...api(),
    status: index < 30 ? 200 : 503,
    durationMs: 20,
  }));
  const { printed } = await textOn(lines, columns);
  const long = printed
    .split('\n')
    .filter((line) => line.length > columns && !/https:|import |resilientFetch/.test(line));
  expect(long).toEqual([]);
});
