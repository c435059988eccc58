import type * as main from '../../../src/index.ts';
import type * as results from '../../../src/result.ts';
import type { Scripts } from './protocol.ts';

/** What every check is given. */
export interface Tools {
  /** The package, as it was built. */
  readonly holdfast: typeof main & typeof results;
  readonly scripts: Scripts;
  /** Where nobody listens. */
  readonly refusedUrl: string;
  /** Where nothing but HTTP in the clear is spoken. */
  readonly serverUrl: string;
}

/**
 * One rule. It throws where the rule does not hold, and may return a remark: what this runtime
 * does not let anybody tell, or cannot do by itself.
 */
export interface Check {
  readonly name: string;
  readonly run: (tools: Tools) => Promise<string | void>;
}

export interface CheckResult {
  readonly name: string;
  readonly result: 'pass' | 'fail';
  /** Why it failed. */
  readonly reason?: string | undefined;
  readonly remark?: string | undefined;
}

export const check = (name: string, run: Check['run']): Check => ({ name, run });

const CHECK_MS = 20_000;

/** Runs a check for a bounded time; never rejects. */
export async function runCheck({ name, run }: Check, tools: Tools): Promise<CheckResult> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${CHECK_MS} ms`)), CHECK_MS);
  });
  try {
    const remark = await Promise.race([run(tools), late]);
    return { name, result: 'pass', ...(remark ? { remark } : undefined) };
  } catch (error) {
    return { name, result: 'fail', reason: textOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

export function textOf(error: unknown): string {
  const { name, message } = Object(error) as Partial<Error>;
  return message === undefined ? String(error) : `${name}: ${message}`;
}

export function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** Compares as JSON, in which the order of an object's fields does not count. */
export function expectSame(what: string, actual: unknown, expected: unknown): void {
  const [is, should] = [inOrder(actual), inOrder(expected)];
  expectThat(is === should, `${what}: expected ${should}, got ${is}`);
}

function inOrder(value: unknown): string {
  const sorted = (_: string, part: unknown): unknown =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  return JSON.stringify(value, sorted) ?? 'undefined';
}

/** What a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${String(value)}`);
}
