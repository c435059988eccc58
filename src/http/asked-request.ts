import type { Context } from '../core/context.ts';
import type { FetchArguments } from './fetch-arguments.ts';

/** The reader of a fetch's call: it knows what was asked for. */
export interface RequestReader {
  /** The request as it was when the call began. */
  readonly asked: FetchArguments;
}

/** What a call asks for; `undefined` where it is none of a wrapped fetch. */
export const requestOf = ({ call }: Context): FetchArguments | undefined =>
  (call.reader as Partial<RequestReader> | undefined)?.asked;
