import type { EventListener, ResilienceEvent } from '../../core/events.ts';
import { callable, oneOf, OptionError, readOptions, type Checks } from '../../core/options.ts';
import { levelOf, type EventLevel } from '../event-level.ts';
import { sentenceOf } from '../event-sentence.ts';
import { fieldsOf, textOf } from './event-fields.ts';

/** A method of a logger: what it takes first depends on the logger. */
type LogMethod = (...values: never[]) => unknown;

/** The methods that pino, winston, bunyan, `console` and their kin have. */
export interface LoggerLike {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

/**
 * How a logger takes a line: the fields before the sentence (pino, bunyan), the sentence before the
 * fields (winston), or one text with both (`console`).
 */
export type LogStyle = 'fields-first' | 'message-first' | 'text';

/** The lines that are logged, and how. */
export interface LogEventsOptions {
  /** The level of an event; `false` leaves it out. @defaultValue by weight: see {@link logEvents} */
  readonly level?: ((event: ResilienceEvent) => EventLevel | false) | undefined;
  /** How the logger takes a line. @defaultValue told by the logger */
  readonly style?: LogStyle | undefined;
}

const LOG_EVENTS_CHECKS: Checks<LogEventsOptions> = {
  level: callable,
  style: oneOf('fields-first', 'message-first', 'text'),
};

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/**
 * Makes a listener that writes each event as one line: a sentence for a person, and beside it the
 * event's fields in the manner of the logger, with the `callId` that leads from line to line.
 *
 * `debug` is what is normal, `info` a failure that is dealt with, `warn` a call that got no answer or
 * another one, `error` an API that is down. Lines hold no header, no body, no query, and none of the
 * server's prose. A logger that throws, or rejects, changes no call.
 *
 * @throws {@link OptionError} for a logger without these four methods, or options that cannot work.
 *
 * @example
 * const fetch = resilientFetch(globalThis.fetch, { onEvent: logEvents(pino()) });
 */
export function logEvents(logger: LoggerLike, options?: LogEventsOptions): EventListener {
  if (!isLogger(logger)) {
    throw new OptionError(
      'logEvents.logger',
      'an object with debug(), info(), warn(), error()',
      logger,
    );
  }
  const settings = readOptions('logEvents', options, { level: levelOf }, LOG_EVENTS_CHECKS);
  const style = settings.style ?? styleOf(logger);
  return (event) => {
    try {
      const level = settings.level(event);
      if (level === false || !isEnabled(logger, level)) return;
      const returned = write(logger, level, style, event) as PromiseLike<unknown> | undefined;
      if (typeof returned?.then === 'function') returned.then(undefined, () => {});
    } catch {
      // A logger must never change what is logged.
    }
  };
}

function isLogger(value: unknown): value is LoggerLike {
  // Some loggers are functions.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return LEVELS.every(
    (level) => typeof (value as Partial<Record<string, unknown>>)[level] === 'function',
  );
}

/** Tells loggers apart by what only they have. */
function styleOf(logger: object): LogStyle {
  // `console` in every runtime.
  if ('table' in logger && 'groupCollapsed' in logger) return 'text';
  const isPino = 'bindings' in logger && 'levels' in logger;
  const isBunyan = 'addStream' in logger && 'fields' in logger;
  return isPino || isBunyan ? 'fields-first' : 'message-first';
}

/** Most events are `debug`, and most loggers take none: then nothing is made of them. */
function isEnabled(logger: LoggerLike, level: EventLevel): boolean {
  const { isLevelEnabled } = logger as { isLevelEnabled?: (level: string) => boolean };
  return typeof isLevelEnabled !== 'function' || isLevelEnabled.call(logger, level);
}

function write(
  logger: LoggerLike,
  level: EventLevel,
  style: LogStyle,
  event: ResilienceEvent,
): unknown {
  const method = logger[level] as (...values: unknown[]) => unknown;
  const sentence = sentenceOf(event);
  switch (style) {
    case 'fields-first':
      return method.call(logger, fieldsOf(event), sentence);
    case 'message-first':
      return method.call(logger, sentence, fieldsOf(event));
    case 'text':
      return method.call(logger, textOf(sentence, event));
    default:
      return style satisfies never;
  }
}
