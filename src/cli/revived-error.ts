import { isRecord, type JsonRecord } from './json-record.ts';

/** As deep as causes are followed by the classifier. */
const MAX_DEPTH = 10;

/** The codes of systems, of Node and of undici are in capitals. */
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{2,}$/;
/** Such a code within a message: `connect ECONNREFUSED 127.0.0.1:81`. */
const CODE_IN_MESSAGE = /\b(?:E[A-Z]{4,}|UND_ERR_[A-Z_]+|ERR_[A-Z][A-Z_]+)\b/;
/** As pino's serializer writes causes, which it puts into the stack. */
const CAUSE_IN_STACK = /^caused by: (?:(\w+): )?(.*)$/gm;

/** Whether an object of JSON has what errors have and bodies do not. */
export function isErrorRecord(value: unknown): value is JsonRecord {
  if (!isRecord(value)) return false;
  const { name, stack, cause, code } = value;
  return (
    [name, stack].some((field) => typeof field === 'string') ||
    isRecord(cause) ||
    (typeof code === 'string' && SYSTEM_CODE.test(code))
  );
}

/**
 * An error as it was before it was written as JSON: its fields, its causes and the errors in it. Where
 * loggers write these in their own way (pino: `type`, `aggregateErrors`, causes within the stack),
 * they are put back.
 */
export const revivedError = (record: JsonRecord): Error => revived(record, 0);

/** An error of which only the message was written: a system's code is found in it. */
export function errorOfMessage(message: string, name = 'Error'): Error {
  const error = Object.assign(new Error(message), { name });
  const [code] = CODE_IN_MESSAGE.exec(message) ?? [];
  return code === undefined ? error : Object.assign(error, { code });
}

function revived(record: JsonRecord, depth: number): Error {
  const { message, cause, errors, type, aggregateErrors, ...fields } = record;
  const error = new Error(typeof message === 'string' ? message : '');
  const name = typeof type === 'string' ? type : nameInStack(fields['stack']);
  if (name !== undefined) error.name = name;
  Object.assign(error, fields);
  if (depth >= MAX_DEPTH) return error;
  const revive = (one: unknown) => (isRecord(one) ? revived(one, depth + 1) : one);
  const within = errors ?? aggregateErrors;
  if (Array.isArray(within)) Object.assign(error, { errors: within.map(revive) });
  const reason = cause === undefined ? causeInStack(error.stack) : revive(cause);
  if (reason !== undefined) error.cause = reason;
  return error;
}

function nameInStack(stack: unknown): string | undefined {
  return typeof stack === 'string'
    ? /^([A-Z]\w*(?:Error|Exception))\b/.exec(stack)?.[1]
    : undefined;
}

function causeInStack(stack: unknown): Error | undefined {
  if (typeof stack !== 'string') return undefined;
  // The innermost is named last, and is the cause of the one before it.
  return [...stack.matchAll(CAUSE_IN_STACK)].reduceRight<Error | undefined>(
    (inner, [, name, message = '']) => {
      const error = errorOfMessage(message, name);
      return inner === undefined ? error : Object.assign(error, { cause: inner });
    },
    undefined,
  );
}
