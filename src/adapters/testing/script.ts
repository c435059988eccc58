import { OptionError } from '../../core/options.ts';
import { checkFault } from './check-fault.ts';
import type { ErrorFault } from './faults.ts';

/** One call that reached a `scriptedFetch`: what a server would have seen. */
export interface ScriptedCall {
  /** The first call is 1. */
  readonly number: number;
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  /** The bytes that were sent; `undefined` where there was no body. */
  readonly body: Uint8Array | undefined;
  /** The same as text, read as UTF-8. */
  readonly bodyText: string | undefined;
  /** The signal that the call came with. */
  readonly signal: AbortSignal | undefined;
  /** When it came, by the clock's `now()`. */
  readonly at: number;
}

/** An answer written out. */
export interface ScriptedReply {
  /** @defaultValue 200 */
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: RequestInit['headers'];
  /** The body, all of it there at once. */
  readonly body?: RequestInit['body'];
  /** The body as a value; adds `content-type: application/json` unless `headers` says otherwise. */
  readonly json?: unknown;
  /** The body in pieces, each `chunkDelayMs` after the one before. */
  readonly chunks?: readonly (string | Uint8Array)[];
  /** @defaultValue 0 */
  readonly chunkDelayMs?: number;
  /** The body breaks off with this error, after `chunks` if there are any. */
  readonly bodyError?: unknown;
  /** How long the headers take, in milliseconds. @defaultValue 0 */
  readonly delayMs?: number;
}

/** No answer: the call rejects with `throws`, the very object. */
export interface ScriptedFailure {
  readonly throws: unknown;
  /** How long that takes, in milliseconds. @defaultValue 0 */
  readonly delayMs?: number;
}

/** Decides when the call comes; what it gives or throws is then played. */
export type ScriptedFunction = (call: ScriptedCall) => ScriptedStep | Promise<ScriptedStep>;

/** A step that answers several calls; see {@link repeat}. */
export interface RepeatedStep {
  readonly repeats: ScriptedStep;
  readonly times: number;
}

/**
 * One step of a script.
 *
 * - a number: an empty answer with that status
 * - a `Response`: that very answer
 * - a {@link ScriptedReply}: an answer written out, with delays if it has any
 * - an {@link ErrorFault}, as `ondemandFault` makes them: that error, dated by the clock
 * - an error object, or {@link ScriptedFailure} for any other value: the call rejects with it
 * - `'hangs'`: never answers; only the signal ends it
 * - a function: decides when the call comes
 * - {@link repeat}`(step, times)`: any of these, several times over
 */
export type ScriptedStep =
  | number
  | Response
  | ScriptedReply
  | ErrorFault
  | Error
  | ScriptedFailure
  | 'hangs'
  | ScriptedFunction
  | RepeatedStep;

/**
 * Answers `times` calls (every further one where left out) with the same step.
 *
 * @example
 * const upstream = scriptedFetch([503, repeat(200)]);
 */
export function repeat(step: ScriptedStep, times = Infinity): RepeatedStep {
  if (!(times >= 1)) throw new OptionError('repeat.times', 'a number of at least 1', times);
  return { repeats: step, times };
}

/**
 * A failure as Node's own fetch reports it: a `TypeError` that says `fetch failed` and carries
 * the system's error, with its code, as `cause`.
 *
 * @example
 * scriptedFetch([networkError('ECONNREFUSED'), 200]);
 */
export function networkError(code: string, message: string = code): TypeError {
  return new TypeError('fetch failed', {
    cause: Object.assign(new Error(message), { code }),
  });
}

const REPLY_FIELDS: readonly string[] = [
  'status',
  'statusText',
  'headers',
  'body',
  'json',
  'chunks',
  'chunkDelayMs',
  'bodyError',
  'delayMs',
];

/** Throws an OptionError where a step is none, before the script is played. */
export function checkStep(step: unknown, place: string): void {
  const kind = kindOfStep(step);
  if (kind === 'repeated') return checkStep((step as RepeatedStep).repeats, place);
  if (kind === undefined) {
    throw new OptionError(
      place,
      "a status from 200 to 599, a Response, { status, headers, body, … }, an error fault, an error, { throws }, 'hangs' or a function",
      step,
    );
  }
  if (kind === 'fault') return checkFault(step, place);
  if (kind !== 'reply') return;
  for (const name of Object.keys(step as object)) {
    if (!REPLY_FIELDS.includes(name)) {
      throw new OptionError(
        `${place}.${name}`,
        `left out: a reply has ${REPLY_FIELDS.join(', ')}`,
        name,
      );
    }
  }
}

/** Which of the step forms this is; by shape, because errors and responses may be another realm's. */
export function kindOfStep(step: unknown) {
  if (typeof step === 'number') {
    return Number.isInteger(step) && step >= 200 && step <= 599 ? 'status' : undefined;
  }
  if (step === 'hangs') return 'hangs';
  if (typeof step === 'function') return 'function';
  if (typeof step !== 'object' || step === null || Array.isArray(step)) return undefined;
  if (isError(step)) return 'error';
  if ('repeats' in step) return 'repeated';
  if ('throws' in step) return 'failure';
  if ('kind' in step) return step.kind === 'error' ? 'fault' : undefined;
  if ('arrayBuffer' in step && 'clone' in step) return 'response';
  return 'reply';
}

function isError(value: object): boolean {
  const tag = Object.prototype.toString.call(value);
  return value instanceof Error || tag === '[object Error]' || tag === '[object DOMException]';
}
