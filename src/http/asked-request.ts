import type { OperationContext } from '../core/call.ts';
import type { Context } from '../core/context.ts';
import type { OutcomeReader } from '../core/outcome-reader.ts';
import type { FetchArguments } from './fetch-arguments.ts';
import type { Middleware } from './fetch.ts';

/** The reader of a fetch's call: it knows what was asked for, and can send it. */
export interface RequestReader extends OutcomeReader {
  /** The request as it was when the call began. */
  readonly asked: FetchArguments;
  /** What limits and circuits share at this reader's address. */
  readonly scope: string;
  readonly route: string;
  /** Sends the request of the next attempt; a middleware may change it on the way. */
  send(context: OperationContext, by: Middleware): Promise<Response>;
  /** How the same call is read at another address. */
  readerAt(key: string, seen: FetchArguments): RequestReader;
}

/** The reader of a call where it is one of a wrapped fetch; `undefined` for any other operation. */
export function requestReaderOf({ call }: Context): RequestReader | undefined {
  const reader = call.reader as RequestReader | undefined;
  return reader !== undefined && 'asked' in reader ? reader : undefined;
}

/** What a call asks for; `undefined` where it is none of a wrapped fetch. */
export const requestOf = (context: Context): FetchArguments | undefined =>
  requestReaderOf(context)?.asked;
