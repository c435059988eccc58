import { isNativeError } from 'node:util/types';
import { runInThisContext } from 'node:vm';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { plainServer, type Answer, type PlainServer } from '../../integration/plain-server.ts';
import type { FrameworkServer } from './framework-servers.ts';

/** Where nobody listens: a port that only root may open, and that fetch is not forbidden to ask. */
export const NOBODY = 'http://127.0.0.1:2/';

/** Starts servers that are closed when the test is over. */
export interface TestServers {
  /** Closes this one as well. */
  keep<Server extends { close(): Promise<unknown> }>(server: Promise<Server>): Promise<Server>;
  /** An upstream that answers as it is told to. */
  upstream(answer: Answer): Promise<PlainServer>;
}

/** Closes what each test of the file has started. */
export function useTestServers(): TestServers {
  const started: { close(): Promise<unknown> }[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.close()));
  });

  const keep: TestServers['keep'] = async (starting) => {
    const server = await starting;
    started.push(server);
    return server;
  };
  return { keep, upstream: (answer) => keep(plainServer(answer)) };
}

/** The warnings that Node gives in the tests of the file, but for the one that Jest brings about. */
export function useWarnings(): readonly string[] {
  // Jest hands tests a copy of `process` that hears of none.
  const process = runInThisContext('process') as NodeJS.Process;
  const warnings: string[] = [];
  const note = ({ name, message }: Error) => {
    if (name !== 'ExperimentalWarning') warnings.push(message);
  };
  beforeAll(() => void process.on('warning', note));
  afterAll(() => void process.off('warning', note));
  return warnings;
}

/**
 * Jest runs tests in a realm of their own: errors of the platform's fetch come from outside, where
 * `instanceof Error`, by which Hono tells errors, says no. Nowhere else are there two realms.
 */
export function useErrorsOfBothRealms(): void {
  const hasInstance = Object.getOwnPropertyDescriptor(Error, Symbol.hasInstance);
  beforeAll(() => {
    Object.defineProperty(Error, Symbol.hasInstance, {
      configurable: true,
      value(this: unknown, value: unknown) {
        const isError = Function.prototype[Symbol.hasInstance].call(this as () => void, value);
        return (
          isError || (this === Error && (isNativeError(value) || value instanceof DOMException))
        );
      },
    });
  });
  afterAll(() => {
    if (hasInstance) Object.defineProperty(Error, Symbol.hasInstance, hasInstance);
    else Reflect.deleteProperty(Error, Symbol.hasInstance);
  });
}

/** What a client of the server hears; it waits for five seconds at most. */
export async function answerOf(server: Pick<FrameworkServer, 'url'>, init: RequestInit = {}) {
  const signal = AbortSignal.timeout(5000);
  const response = await fetch(server.url, { signal, ...init });
  const text = await response.text();
  return {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
    text,
  };
}
