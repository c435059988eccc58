import { ondemandFault, type ErrorFault, type Fault } from './faults.ts';
import {
  ONDEMAND_ERROR_CODES,
  type OndemandEnvelope,
  type OndemandErrorCode,
} from './ondemand-errors.ts';
import { RETRY_AFTER_FORMS, type RetryAfterForm } from './retry-after-forms.ts';

/** A fault that a request asked for, and for how many requests of the same words it holds. */
export interface RequestedFault {
  readonly fault: Fault;
  readonly times: number;
}

/**
 * Reads a fault as a request spells it in its `fault` query parameter or `x-fault` header: a
 * name and settings, separated by commas. Gives words for a person where it cannot.
 *
 * Names: an OnDemand error code, a status, `reset`, `slow-headers`, `slow-body`,
 * `truncated-body`, `never-answers`, `not-http`, `none`.
 * Settings: `after` (ms) and `form` of the wait hint, `envelope`, `padded` (bytes), `when`,
 * `delay` (ms), `pieces`, `every` (ms), `framing`, `times`.
 *
 * @example
 * parseFault('rate_limit_exceeded,after=2000,form=imf-fixdate,times=2');
 */
export function parseFault(text: string): RequestedFault | string {
  const [name = '', ...settings] = text.split(',').map((part) => part.trim());
  const given = new Map<string, string>();
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    if (equals < 1) return `"${setting}" is not a setting: write name=value`;
    given.set(setting.slice(0, equals), setting.slice(equals + 1));
  }
  const problems: string[] = [];
  const read = <T>(setting: string, fallback: T, parse: (value: string) => T | undefined): T => {
    const value = given.get(setting);
    if (value === undefined) return fallback;
    given.delete(setting);
    const parsed = parse(value);
    if (parsed === undefined) problems.push(`${setting}=${value} cannot be read`);
    return parsed ?? fallback;
  };
  const amount = (setting: string, fallback: number) =>
    read(setting, fallback, (value) => (/^\d+$/.test(value) ? Number(value) : undefined));
  const word = <T extends string>(setting: string, fallback: T, ...others: readonly T[]) =>
    read(setting, fallback, (value) => [fallback, ...others].find((known) => known === value));

  const times = amount('times', Infinity);
  const fault = faultNamed(name, amount, word);
  if (fault === undefined) problems.push(`no fault is called "${name}"`);
  for (const leftOver of given.keys()) problems.push(`${name} has no setting "${leftOver}"`);
  if (fault === undefined || problems.length > 0) return problems.join('; ');
  return { fault, times };
}

function faultNamed(
  name: string,
  amount: (setting: string, fallback: number) => number,
  word: <T extends string>(setting: string, fallback: T, ...others: readonly T[]) => T,
): Fault | undefined {
  switch (name) {
    case 'none':
    case 'never-answers':
    case 'not-http':
      return { kind: name };
    case 'reset':
      return { kind: name, when: word('when', 'before-headers', 'mid-body') };
    case 'slow-headers':
      return { kind: name, delayMs: amount('delay', 2_000) };
    case 'slow-body':
      return { kind: name, pieces: amount('pieces', 10), everyMs: amount('every', 200) };
    case 'truncated-body':
      return { kind: name, framing: word('framing', 'content-length', 'chunked') };
  }
  const isCode = (ONDEMAND_ERROR_CODES as readonly string[]).includes(name);
  if (!isCode && !/^[2-5]\d\d$/.test(name)) return undefined;
  const after = amount('after', -1);
  const form = word<RetryAfterForm>('form', 'seconds', ...RETRY_AFTER_FORMS);
  const padded = amount('padded', 0);
  const details: Partial<ErrorFault> = {
    envelope: word<OndemandEnvelope>('envelope', 'flat', 'nested'),
    ...(after >= 0 && { retryAfter: { form, ms: after } }),
    ...(padded > 0 && { paddedToBytes: padded }),
  };
  return isCode
    ? ondemandFault(name as OndemandErrorCode, details)
    : { ...details, kind: 'error', status: Number(name) };
}
