import { types } from 'node:util';
import { copyOfMembers } from '../../core/members.ts';

/*
 * What of undici's dispatcher API (undici 7 and 8, `docs/api/Dispatcher.md`) is used here, by
 * shape: neither this package nor its declarations need undici to be installed.
 */

/** A response's header fields as undici gives them: names in lower case, repeated fields as lists. */
export type DispatchHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One request, as an interceptor sees it. */
export interface DispatchOptions {
  /** Scheme, host and port; absent where the dispatcher is bound to one origin. */
  readonly origin?: string | URL | undefined;
  readonly path: string;
  readonly method: string;
  readonly body?: unknown;
  readonly headers?: unknown;
  /** The caller's own word on whether the request may be repeated. */
  readonly idempotent?: boolean | undefined;
  readonly upgrade?: boolean | string | null | undefined;
}

/** What undici asks every request for, whether it is a field of its own or computed by its class. */
const REQUEST_MEMBERS = [
  'origin',
  'path',
  'query',
  'method',
  'headers',
  'body',
  'idempotent',
  'blocking',
  'upgrade',
  'reset',
  'expectContinue',
  'servername',
  'headersTimeout',
  'bodyTimeout',
  'maxRedirections',
  'throwOnError',
  'typeOfService',
];

/** `options` with some fields replaced, and with all that they inherit or compute. */
export function withFields(
  options: DispatchOptions,
  fields: Pick<DispatchOptions, 'body' | 'headers'>,
): DispatchOptions {
  if (isPlain(options)) return { ...options, ...fields };
  const all = copyOfMembers(options, REQUEST_MEMBERS) as unknown as DispatchOptions;
  return Object.assign(all, options, fields);
}

/** It has nothing but its own fields, as the options have that undici's functions make. */
function isPlain(options: DispatchOptions): boolean {
  return Object.getPrototypeOf(options) === Object.prototype && !types.isProxy(options);
}

/** How a handler steers the exchange that it is told of. */
export interface DispatchController {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason: Error | null;
  readonly rawHeaders?: unknown;
  readonly rawTrailers?: unknown;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** Is told what happens to one request. */
export interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: object): void;
  onRequestUpgrade?(
    controller: DispatchController,
    statusCode: number,
    headers: DispatchHeaders,
    socket: unknown,
  ): void;
  /** The first byte of a response has come; fetch takes its timing from it. */
  onResponseStarted?(): void;
  onResponseStart?(
    controller: DispatchController,
    statusCode: number,
    headers: DispatchHeaders,
    statusMessage?: string,
  ): void;
  onResponseData?(controller: DispatchController, chunk: Uint8Array): void;
  onResponseEnd?(controller: DispatchController, trailers: DispatchHeaders): void;
  onResponseError?(controller: DispatchController, error: Error): void;
}

/** Sends one request and tells the handler about it; `false` where the dispatcher is busy. */
export type Dispatch = (options: DispatchOptions, handler: DispatchHandler) => boolean;
