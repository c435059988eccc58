import { expectSame, expectThat, runCheck, check, type Check, type CheckResult } from './check.ts';
import { pause, Scripts } from './protocol.ts';

interface Told {
  readonly status?: number;
  readonly body?: string;
  readonly attempts?: number;
  readonly name?: string;
  readonly message?: string;
}

/** From outside: requests to a Worker that share one wrapped fetch must not disturb one another. */
export async function askSharedFetch(
  workerUrl: string,
  serverUrl: string,
): Promise<readonly CheckResult[]> {
  const scripts = new Scripts(serverUrl);
  const ask = async (url: string, init?: RequestInit, query = ''): Promise<Told> => {
    let text = '';
    try {
      const response = await fetch(`${workerUrl}?url=${encodeURIComponent(url)}${query}`, init);
      text = await response.text();
      return JSON.parse(text) as Told;
    } catch (error) {
      return { name: 'NoAnswer', message: text === '' ? String(error) : text.slice(0, 200) };
    }
  };

  const checks: readonly Check[] = [
    check('one request after the other uses the same wrapped fetch', async () => {
      const script = await scripts.play({ status: 503 }, { body: 'fine' });
      const first = await ask(script.url);
      expectSame('first', first, { status: 200, body: 'fine', attempts: 2 });
      expectSame('second', await ask(script.url), { status: 200, body: 'fine', attempts: 1 });
    }),

    check(
      'a request that ends last answers although another one armed the time limits',
      async () => {
        const short = await scripts.play({ delayMs: 200, body: 'short' });
        const long = await scripts.play({ delayMs: 400, body: 'long' });
        const first = ask(short.url);
        await short.seenOnce(1);
        const second = ask(long.url);
        expectSame('first', (await first).body, 'short');
        const { body, message } = await second;
        expectSame('second', body ?? message, 'long');
      },
    ),

    check('a time limit holds although the request that armed it has ended', async () => {
      const slow = await scripts.play({ delayMs: 400, body: 'slow' });
      const hanging = await scripts.play({ fault: 'hang' });
      const startedAt = performance.now();
      const first = ask(slow.url);
      await slow.seenOnce(1);
      const second = ask(hanging.url);
      expectSame('first', (await first).body, 'slow');
      const { name, message } = await second;
      const tookMs = performance.now() - startedAt;
      expectThat(name === 'TimeoutError', `second: ${message} (${name})`);
      expectThat(tookMs < 6000, `${message} after ${tookMs} ms`);
    }),

    check(
      'a time limit holds although the request that armed it was given up by its caller',
      async () => {
        const one = await scripts.play({ fault: 'hang' });
        const other = await scripts.play({ fault: 'hang' });
        const controller = new AbortController();
        const first = ask(one.url, { signal: controller.signal });
        await one.seenOnce(1);
        const second = ask(other.url);
        await other.seenOnce(1);
        controller.abort();
        await first;
        const { name, message } = await second;
        expectThat(name === 'TimeoutError', `second: ${message} (${name})`);
      },
    ),

    check('a waiter gets its token although the waiter before it has gone', async () => {
      const script = await scripts.play({ body: 'paced' });
      expectSame('first', (await ask(script.url, {}, '&paced')).body, 'paced');
      const controller = new AbortController();
      const second = ask(script.url, { signal: controller.signal }, '&paced');
      await pause(100);
      const third = ask(script.url, {}, '&paced');
      await pause(100);
      controller.abort();
      await second;
      const { body, message } = await third;
      expectSame('third', body ?? message, 'paced');
    }),

    check('waiters of several requests all get their tokens', async () => {
      const script = await scripts.play({ body: 'paced' });
      const told = await Promise.all(
        Array.from({ length: 4 }, () => ask(script.url, {}, '&paced')),
      );
      expectSame(
        'bodies',
        told.map(({ body, message }) => body ?? message),
        ['paced', 'paced', 'paced', 'paced'],
      );
    }),
  ];
  const results: CheckResult[] = [];
  // What is checked here is the Worker's wrapped fetch, so the checks need no tools of their own.
  for (const one of checks) results.push(await runCheck(one, undefined as never));
  return results;
}
