const MONTHS: readonly string[] = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const SHORT_DAYS: readonly string[] = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');
const LONG_DAYS: readonly string[] =
  'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** How far ahead a two-digit year may lie before it means the century before (RFC 9110 §5.6.7). */
const TWO_DIGIT_YEAR_HORIZON = 50;

/**
 * Reads an HTTP-date in one of its three grammars (RFC 9110 §5.6.7), and nothing else.
 *
 * `Date.parse` is no help here: it accepts what HTTP does not, and it reads the asctime form in
 * the machine's own time zone although HTTP means GMT.
 *
 * - IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`. A leap second (`:60`) is the second after `:59`.
 * - RFC 850: `Sunday, 06-Nov-94 08:49:37 GMT`. A year more than 50 ahead of `now` is a past one.
 * - asctime: `Sun Nov  6 08:49:37 1994`.
 *
 * The name of the day must be one, but need not be the right one: servers get it wrong, and the
 * rest of the date says all there is to say.
 *
 * @param text the field value
 * @param now epoch milliseconds: decides the century of a two-digit year
 * @returns epoch milliseconds, or `undefined` where the text is no HTTP-date
 */
export function parseHttpDate(text: string, now: number = Date.now()): number | undefined {
  // Every form is told by where its first comma stands, and has a fixed layout from there.
  if (text[3] === ',') return parseImfFixdate(text);
  const comma = text.indexOf(',');
  return comma === -1 ? parseAsctime(text) : parseRfc850(text, comma, now);
}

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
function parseImfFixdate(text: string): number | undefined {
  if (text.length !== 29 || !SHORT_DAYS.includes(text.slice(0, 3))) return undefined;
  if (text[4] !== ' ' || text[7] !== ' ' || text[11] !== ' ' || text[16] !== ' ') return undefined;
  if (text.slice(25) !== ' GMT') return undefined;
  const month = MONTHS.indexOf(text.slice(8, 11));
  return instant(digits(text, 12, 4), month, digits(text, 5, 2), text, 17, 60);
}

/** `Sunday, 06-Nov-94 08:49:37 GMT` */
function parseRfc850(text: string, comma: number, now: number): number | undefined {
  if (text.length !== comma + 24 || !LONG_DAYS.includes(text.slice(0, comma))) return undefined;
  const at = comma + 2;
  if (text[comma + 1] !== ' ' || text[at + 2] !== '-' || text[at + 6] !== '-') return undefined;
  if (text[at + 9] !== ' ' || text.slice(at + 18) !== ' GMT') return undefined;
  const month = MONTHS.indexOf(text.slice(at + 3, at + 6));
  const shortYear = digits(text, at + 7, 2);
  const thisYear = new Date(now).getUTCFullYear();
  const century = thisYear - (thisYear % 100);
  const year = century + shortYear;
  const date = instant(year, month, digits(text, at, 2), text, at + 10, 59);
  if (date === undefined) return undefined;
  return date > yearsAfter(now, TWO_DIGIT_YEAR_HORIZON)
    ? instant(year - 100, month, digits(text, at, 2), text, at + 10, 59)
    : date;
}

/** `Sun Nov  6 08:49:37 1994`, the day padded with a space */
function parseAsctime(text: string): number | undefined {
  if (text.length !== 24 || !SHORT_DAYS.includes(text.slice(0, 3))) return undefined;
  if (text[3] !== ' ' || text[7] !== ' ' || text[10] !== ' ' || text[19] !== ' ') return undefined;
  const day = text[8] === ' ' ? digits(text, 9, 1) : digits(text, 8, 2);
  return instant(digits(text, 20, 4), MONTHS.indexOf(text.slice(4, 7)), day, text, 11, 59);
}

/** Joins a date and the `08:49:37` at `at`; `undefined` where there is no such moment. */
function instant(
  year: number,
  month: number,
  day: number,
  text: string,
  at: number,
  lastSecond: 59 | 60,
): number | undefined {
  if (text[at + 2] !== ':' || text[at + 5] !== ':') return undefined;
  const hour = digits(text, at, 2);
  const minute = digits(text, at + 3, 2);
  const second = digits(text, at + 6, 2);
  // NaN fails every comparison, so what is no number ends here too.
  if (!(month >= 0 && day >= 1 && hour <= 23 && minute <= 59 && second <= lastSecond)) {
    return undefined;
  }
  const date = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month, day);
  // The 31st of a shorter month would run over into the next one.
  if (date.getUTCDate() !== day || Number.isNaN(date.getTime())) return undefined;
  date.setUTCHours(hour, minute, second);
  return date.getTime();
}

/** The number that exactly `count` digits at `at` spell, or NaN. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function yearsAfter(now: number, years: number): number {
  const date = new Date(now);
  return date.setUTCFullYear(date.getUTCFullYear() + years);
}
