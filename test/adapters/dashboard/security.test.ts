import { describe, expect, test } from '@jest/globals';
import { controlOf, resilientFetch } from 'holdfast';
import { dashboard, type DashboardOptions } from 'holdfast/dashboard';
import { repeat, scriptedFetch } from 'holdfast/testing';

const TOKEN = 'a token of these tests';
const PLACE = 'https://ops.example.com/holdfast/';
const KEY = 'https://payments.example.com';

async function guarded(options: DashboardOptions = { actions: { token: TOKEN } }) {
  const wrapped = resilientFetch(scriptedFetch([repeat(200)]));
  await wrapped(`${KEY}/charges`);
  const board = dashboard({ payments: wrapped }, options);
  const { id } = board.snapshot().keys[0]!;
  const ask = (path: string, init?: RequestInit) => board.fetch(new Request(PLACE + path, init));
  const act = (headers: Record<string, string>, action = 'open', init: RequestInit = {}) =>
    ask(`actions?action=${action}&id=${encodeURIComponent(id)}`, {
      method: 'POST',
      headers,
      ...init,
    });
  const circuit = () => controlOf(wrapped).state(KEY).circuit?.state;
  return { board, ask, act, circuit };
}

const withToken = { 'x-holdfast-token': TOKEN };

describe('an action', () => {
  test('is there only where it is enabled', async () => {
    const { act, circuit } = await guarded({});
    expect((await act(withToken)).status).toBe(404);
    expect(circuit()).toBe('closed');
  });

  test('lifts a pause, opens a circuit, and closes it', async () => {
    const { act, circuit } = await guarded();
    expect((await act(withToken, 'open')).status).toBe(200);
    expect(circuit()).toBe('open');
    expect((await act(withToken, 'close')).status).toBe(200);
    expect(circuit()).toBe('closed');
    expect((await act(withToken, 'resume')).status).toBe(200);
  });

  test.each<[string, Record<string, string>, number]>([
    ['without the token', {}, 401],
    ['with another token', { 'x-holdfast-token': `${TOKEN}!` }, 403],
    ['with the beginning of the token', { 'x-holdfast-token': TOKEN.slice(0, -1) }, 403],
    ['with an empty token', { 'x-holdfast-token': '' }, 403],
    ['from another site', { ...withToken, 'sec-fetch-site': 'cross-site' }, 403],
    ['from a neighbour of the site', { ...withToken, 'sec-fetch-site': 'same-site' }, 403],
    ['from another origin', { ...withToken, origin: 'https://evil.example.com' }, 403],
    ['from a sandbox', { ...withToken, origin: 'null' }, 403],
  ])('%s is refused', async (_what, headers, status) => {
    const { act, circuit } = await guarded();
    expect((await act(headers)).status).toBe(status);
    expect(circuit()).toBe('closed');
  });

  test('of the page itself is done', async () => {
    const { act, circuit } = await guarded();
    const headers = {
      ...withToken,
      origin: 'https://ops.example.com',
      'sec-fetch-site': 'same-origin',
    };
    expect((await act(headers)).status).toBe(200);
    expect(circuit()).toBe('open');
  });

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('by %s is refused', async (method) => {
    const { act, circuit } = await guarded();
    const answer = await act(withToken, 'open', { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    expect(circuit()).toBe('closed');
  });

  test.each(['reset', 'constructor', 'state', ''])(
    'that is no action (%p) is refused',
    async (action) => {
      const { act } = await guarded();
      expect((await act(withToken, action)).status).toBe(400);
    },
  );

  test('on a key that is not shown is refused', async () => {
    const { ask } = await guarded();
    const init = { method: 'POST', headers: withToken };
    expect((await ask('actions?action=open&id=__proto__', init)).status).toBe(404);
  });
});

describe('reading', () => {
  test.each(['', 'snapshot.json', 'events'])('%p allows no other site anything', async (path) => {
    const { board, ask } = await guarded();
    const { headers, body } = await ask(path, { headers: { origin: 'https://ops.example.com' } });
    await body?.cancel();
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toContain('no-store');
    board.close();
  });

  test.each(['snapshot.json', 'events'])(
    '%p is refused to a page of another site',
    async (path) => {
      const { ask } = await guarded();
      expect((await ask(path, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    },
  );

  test.each<[string, DashboardOptions['authorize'], number]>([
    ['admits', ({ headers }) => headers.get('x-user') === 'ops', 200],
    ['refuses', () => false, 403],
    ['asks for a password', async () => 'challenge' as const, 401],
    ['fails, and so admits nobody', () => Promise.reject(new Error('no session')), 403],
    ['says anything else, and so admits nobody', (() => 'yes') as never, 403],
  ])('is guarded by a hook that %s', async (_what, authorize, status) => {
    const { ask, act } = await guarded({ authorize, actions: { token: TOKEN } });
    const headers = { 'x-user': 'ops' };
    for (const path of ['', 'snapshot.json', 'events']) {
      const answer = await ask(path, { headers });
      await answer.body?.cancel();
      expect(answer.status).toBe(status);
    }
    expect((await act({ ...withToken, ...headers })).status).toBe(status);
  });

  test('a challenge makes a browser ask', async () => {
    const { ask } = await guarded({ authorize: () => 'challenge' });
    expect((await ask('')).headers.get('www-authenticate')).toBe('Basic realm="holdfast"');
  });

  test('ends where too many pages are open', async () => {
    const { board, ask } = await guarded({ maxViewers: 2 });
    const answers = [await ask('events'), await ask('events'), await ask('events')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 503]);
    await answers[0]?.body?.cancel();
    expect((await ask('events')).status).toBe(200);
    board.close();
  });
});

describe('the page', () => {
  test('runs nothing but its own script, and asks nobody else', async () => {
    const { ask } = await guarded();
    const answer = await ask('');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'sha256-[\w+/=]{44}';/);
    expect(policy).toMatch(/style-src 'sha256-[\w+/=]{44}';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    const html = (await answer.text()).replaceAll('http://www.w3.org/', '');
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|eval\(/);
  });

  test('holds a title with markup in it as text', async () => {
    const { ask } = await guarded({ title: '</title><script>alert(1)</script>' });
    expect(await (await ask('')).text()).toContain(
      '<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>',
    );
  });
});
