import { check, expectSame, expectThat, rejectionOf, type Check, type Tools } from './check.ts';
import { shapeOf, type ErrorShape } from './error-shape.ts';
import type { Step } from './protocol.ts';

/** What this runtime's own fetch has thrown, by situation. */
export const thrownBySituation: Record<string, ErrorShape> = {};

const isSame = (a: ErrorShape | undefined, b: ErrorShape | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** How to bring a situation about: with a script, or at an address of its own. */
type Situation = (tools: Tools) => Promise<{ readonly url: string; readonly init?: RequestInit }>;

const fault =
  (step: Step): Situation =>
  async ({ scripts }) =>
    scripts.play(step);
const at =
  (url: (tools: Tools) => string): Situation =>
  async (tools) => ({ url: url(tools) });

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'reset before headers': fault({ fault: 'reset' }),
  'close before headers': fault({ fault: 'close' }),
  'garbage instead of HTTP': fault({ fault: 'garbage' }),
  'truncated body': fault({ fault: 'truncate', body: 'it begins' }),
  'redirect loop': fault({ status: 302, headers: { location: '?on' } }),
  'refused port': at(({ refusedUrl }) => refusedUrl),
  'bad port': at(() => 'http://127.0.0.1:1/'),
  dns: at(() => 'http://nohost.invalid/'),
  'bad url': at(() => 'http://['),
  'unknown scheme': at(() => 'foo://bar'),
  'tls to http port': at(({ serverUrl }) => `${serverUrl.replace('http:', 'https:')}/`),
};

/** What this runtime's own fetch throws in a situation; asked once. */
async function thrownAt(situation: string, tools: Tools): Promise<unknown> {
  const { url } = await SITUATIONS[situation]!(tools);
  const error = await rejectionOf(fetch(url).then((response) => response.text()));
  thrownBySituation[situation] = shapeOf(error);
  return error;
}

async function shapeAt(situation: string, tools: Tools): Promise<ErrorShape | undefined> {
  if (thrownBySituation[situation] === undefined) await thrownAt(situation, tools);
  return thrownBySituation[situation];
}

/** Whether this runtime reports just this when a connection is lost, so that nobody can tell. */
export async function looksLost(error: unknown, tools: Tools): Promise<boolean> {
  return isSame(shapeOf(error), await shapeAt('reset before headers', tools));
}

/** A situation that a runtime reports in the very words of this one. */
async function sameAs(
  situation: string,
  others: readonly string[],
  tools: Tools,
): Promise<string | undefined> {
  const shape = await shapeAt(situation, tools);
  for (const other of others) {
    if (other !== situation && isSame(shape, await shapeAt(other, tools))) return other;
  }
  return undefined;
}

const LOST = ['reset before headers', 'close before headers', 'refused port', 'dns'];

const verdictAt = async (situation: string, tools: Tools) => {
  const { category, unprocessed, decidedBy } = tools.holdfast.classify({
    error: await thrownAt(situation, tools),
  });
  return { category, unprocessed, decidedBy };
};

const lost = (situation: string): Check =>
  check(`${situation}: retryable, and it may have been processed`, async (tools) => {
    const verdict = await verdictAt(situation, tools);
    const decidedBy = isHidden(await shapeAt(situation, tools)) ? 'opaque' : 'network';
    const expected = { category: 'retryable', unprocessed: false, decidedBy };
    expectSame('verdict', verdict, expected);
  });

const notSent = (situation: string): Check =>
  check(`${situation}: retryable, and it was not processed`, async (tools) => {
    const twin = await sameAs(situation, ['reset before headers', 'close before headers'], tools);
    const { category, unprocessed } = await verdictAt(situation, tools);
    const isTold = twin === undefined && !isUntold(await shapeAt(situation, tools));
    expectSame('verdict', [category, unprocessed], ['retryable', isTold]);
    return isTold ? undefined : untold(situation, twin, tools);
  });

const fatal = (situation: string): Check =>
  check(`${situation}: fatal`, async (tools) => {
    const twin = await sameAs(situation, LOST, tools);
    const { category } = await verdictAt(situation, tools);
    const isTold = twin === undefined && !isUntold(await shapeAt(situation, tools));
    expectSame('category', category, isTold ? 'fatal' : 'retryable');
    return isTold ? undefined : untold(situation, twin, tools);
  });

/** workerd hides the reason from the program on purpose. */
const isUntold = (shape: ErrorShape | undefined): boolean =>
  shape?.message === 'internal error; reference = …';

/** So do browsers, whatever happened before the headers were in. */
const isHidden = (shape: ErrorShape | undefined): boolean =>
  isUntold(shape) || shape?.message === 'Failed to fetch';

async function untold(situation: string, twin: string | undefined, tools: Tools): Promise<string> {
  const words = `“${(await shapeAt(situation, tools))?.message}”`;
  return `this runtime does not tell: fetch says ${words}${twin ? `, as at ${twin}` : ''}`;
}

/** Failures without an answer, as this runtime's fetch reports them. */
export const networkErrors: readonly Check[] = [
  lost('reset before headers'),
  lost('close before headers'),
  lost('truncated body'),
  notSent('refused port'),
  notSent('dns'),
  fatal('garbage instead of HTTP'),
  fatal('bad port'),
  fatal('redirect loop'),
  fatal('unknown scheme'),
  fatal('bad url'),
  fatal('tls to http port'),

  check('a reset GET is asked again, a reset POST is not', async ({ holdfast, scripts }) => {
    let calls = 0;
    const counting: typeof fetch = (input, init) => {
      calls += 1;
      return fetch(input, init);
    };
    const wrapped = holdfast.resilientFetch(counting, {
      retry: { maxRetries: 1, baseDelayMs: 1 },
    });
    const reset = await scripts.play({ fault: 'reset' });
    await rejectionOf(wrapped(reset.url));
    expectSame('attempts of GET', calls, 2);
    calls = 0;
    const post = await scripts.play({ fault: 'reset' });
    await rejectionOf(wrapped(post.url, { method: 'POST', body: 'once' }));
    expectSame('attempts of POST', calls, 1);
    const count = (await post.seen()).length;
    return count > 1
      ? `fetch itself sends a POST ${count} times whose connection was reset`
      : undefined;
  }),

  check('what is thrown in the end is what fetch has thrown', async (tools) => {
    const { holdfast, refusedUrl } = tools;
    const thrown: unknown[] = [];
    const inner: typeof fetch = async (input, init) => {
      try {
        return await fetch(input, init);
      } catch (error) {
        thrown.push(error);
        throw error;
      }
    };
    const wrapped = holdfast.resilientFetch(inner, { retry: { maxRetries: 1, baseDelayMs: 1 } });
    const error = await rejectionOf(wrapped(refusedUrl));
    expectSame('attempts', thrown.length, 2);
    expectThat(error === thrown[1], 'it is another object');
    expectSame('reported attempts', holdfast.reportOf(error)?.attempts.length, 2);
  }),

  check('a body that breaks off is the caller’s to see, and is not repeated', async (tools) => {
    const script = await tools.scripts.play({ fault: 'truncate', body: 'it begins' });
    const plain = await rejectionOf(fetch(script.url).then((response) => response.text()));
    const response = await tools.holdfast.resilientFetch()(script.url);
    expectSame('status', response.status, 200);
    const error = await rejectionOf(response.text());
    expectSame('error', shapeOf(error), shapeOf(plain));
    expectSame('requests', (await script.seen()).length, 2);
  }),
];
