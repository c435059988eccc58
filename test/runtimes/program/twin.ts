import { check, expectSame, textOf, type Check, type Tools } from './check.ts';
import { looksLost } from './network-errors.ts';
import type { Script, SeenRequest, Step } from './protocol.ts';

export type Fetch = typeof globalThis.fetch;
export type Observe = (fetch: Fetch, url: string) => Promise<unknown>;

/** Everything of a response that a program can see. */
export async function seenOf(response: Response): Promise<object> {
  const { status, statusText, url, redirected, type, ok, bodyUsed } = response;
  const headers = [...response.headers].filter(([name]) => name !== 'date');
  const body = await response.text();
  return { status, statusText, url, redirected, type, ok, bodyUsed, headers, body };
}

const onTheWire = (seen: readonly SeenRequest[]): readonly object[] =>
  seen.map(({ method, url, headers, headerNames, body }) => ({
    method,
    url,
    headers,
    headerNames,
    body,
  }));

interface Observed {
  readonly outcome: unknown;
  readonly requests: readonly object[];
  readonly thrown: unknown;
}

/** What a program sees of one use of a fetch, and what the server sees of it. */
async function observed(
  observe: Observe,
  fetch: Fetch,
  script: Script | undefined,
): Promise<Observed> {
  const url = script?.url ?? '';
  let outcome: unknown;
  let thrown: unknown;
  try {
    outcome = await observe(fetch, url);
  } catch (error) {
    const { name, message, cause } = error as Error;
    outcome = { name, message, cause: cause === undefined ? undefined : textOf(cause) };
    thrown = error;
  }
  const requests = script ? onTheWire(await script.seen()) : [];
  // Each script has an address of its own.
  const id = /run\/([^/?]+)/.exec(url)?.[1] ?? '(none)';
  const without = <T>(value: T): T =>
    JSON.parse((JSON.stringify(value) ?? 'null').replaceAll(id, 'ID')) as T;
  return { outcome: without(outcome), requests: without(requests), thrown };
}

export interface Twin {
  readonly steps?: readonly Step[];
  /** How often a runtime asks that does not say why it failed, so that it is taken for lost. */
  readonly mayBeRepeated?: boolean;
}

/** Does the same with fetch and with the wrapped one: nobody may be able to tell them apart. */
async function expectTwins(tools: Tools, observe: Observe, twin: Twin): Promise<string | void> {
  const { steps } = twin;
  const wrapped = tools.holdfast.resilientFetch(undefined, {
    retry: { maxRetries: 1, baseDelayMs: 1 },
  }) as Fetch;
  const play = () => (steps ? tools.scripts.play(...steps) : undefined);
  const plain = await observed(observe, globalThis.fetch, await play());
  const ours = await observed(observe, wrapped, await play());
  expectSame('what the program sees', ours.outcome, plain.outcome);
  const { thrown } = plain;
  if (twin.mayBeRepeated && thrown !== undefined && (await looksLost(thrown, tools))) {
    return `fetch says “${textOf(thrown)}”, as of a lost connection, so it is tried again`;
  }
  expectSame('what the server sees', ours.requests, plain.requests);
  return thrown === undefined ? undefined : `both throw ${textOf(thrown)}`;
}

/** A check that the same comes out of fetch and of the wrapped one, for program and server. */
export const twin = (name: string, observe: Observe, options: Twin = { steps: [{}] }): Check =>
  check(`as fetch: ${name}`, (tools) => expectTwins(tools, observe, options));
