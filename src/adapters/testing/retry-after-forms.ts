const inEnglish = (date: Date, parts: Intl.DateTimeFormatOptions) =>
  date.toLocaleDateString('en-US', { ...parts, timeZone: 'UTC' });

/**
 * The spellings of a wait hint that servers use.
 *
 * - `seconds`: `Retry-After: 2` (RFC 9110, section 10.2.3)
 * - `float-seconds`: `Retry-After: 1.5`, outside the RFC's grammar and sent all the same
 * - `imf-fixdate`: `Retry-After: Thu, 01 Jan 2026 00:00:02 GMT` (RFC 9110, section 5.6.7)
 * - `rfc850`: `Thursday, 01-Jan-26 00:00:02 GMT`, obsolete and still to be read
 * - `asctime`: `Thu Jan  1 00:00:02 2026`, obsolete and still to be read
 * - `retry-after-ms`: `retry-after-ms: 1500`, a header of its own
 */
export type RetryAfterForm =
  'seconds' | 'float-seconds' | 'imf-fixdate' | 'rfc850' | 'asctime' | 'retry-after-ms';

/** Every {@link RetryAfterForm}. */
export const RETRY_AFTER_FORMS = Object.freeze([
  'seconds',
  'float-seconds',
  'imf-fixdate',
  'rfc850',
  'asctime',
  'retry-after-ms',
] as const satisfies readonly RetryAfterForm[]);

/**
 * A header that asks for a wait of at least `milliseconds`, as `[name, value]`.
 *
 * Forms that count whole seconds round up, so `seconds` asks for up to a second more, and a date
 * for up to a second more than that moment.
 *
 * @example
 * const [name, value] = retryAfterHeader('seconds', 1_500, Date.now()); // 'retry-after', '2'
 */
export function retryAfterHeader(
  form: RetryAfterForm,
  milliseconds: number,
  epochNow: number,
): readonly [name: string, value: string] {
  switch (form) {
    case 'seconds':
      return ['retry-after', String(Math.ceil(milliseconds / 1000))];
    case 'float-seconds':
      return ['retry-after', (Math.ceil(milliseconds) / 1000).toFixed(3)];
    case 'retry-after-ms':
      return ['retry-after-ms', String(Math.ceil(milliseconds))];
    case 'imf-fixdate':
    case 'rfc850':
    case 'asctime':
      return ['retry-after', httpDate(form, Math.ceil((epochNow + milliseconds) / 1000) * 1000)];
  }
}

function httpDate(form: 'imf-fixdate' | 'rfc850' | 'asctime', epochMs: number): string {
  const date = new Date(epochMs);
  const weekday = inEnglish(date, { weekday: 'long' });
  const month = inEnglish(date, { month: 'short' });
  const year = String(date.getUTCFullYear());
  const day = date.getUTCDate();
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    .map(twoDigits)
    .join(':');
  switch (form) {
    case 'imf-fixdate':
      return `${weekday.slice(0, 3)}, ${twoDigits(day)} ${month} ${year} ${clock} GMT`;
    case 'rfc850':
      return `${weekday}, ${twoDigits(day)}-${month}-${year.slice(-2)} ${clock} GMT`;
    case 'asctime':
      return `${weekday.slice(0, 3)} ${month} ${String(day).padStart(2, ' ')} ${clock} ${year}`;
  }
}

const twoDigits = (value: number) => String(value).padStart(2, '0');
