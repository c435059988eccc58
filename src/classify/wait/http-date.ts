const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
const IMF_FIXDATE =
  /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), (?<day>\d\d) (?<month>\w{3}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/;
/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const RFC_850 =
  /^(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day, (?<day>\d\d)-(?<month>\w{3})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/;
/** `Sun Nov  6 08:49:37 1994`, the day padded with a space */
const ASCTIME =
  /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) (?<month>\w{3}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/;

/** A two-digit year further ahead than this is of the century before (RFC 9110 §5.6.7). */
const TWO_DIGIT_YEAR_HORIZON = 50;

type DateParts = Readonly<Record<'day' | 'month' | 'year' | 'time', string>>;

/**
 * Reads an HTTP-date in one of its three grammars (RFC 9110 §5.6.7), and nothing else.
 *
 * `Date.parse` is no help here: it accepts forms that HTTP does not know, and it reads the asctime
 * form in the machine's own time zone although HTTP means GMT.
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
  const fixdate = IMF_FIXDATE.exec(text);
  if (fixdate) return instantOf(fixdate.groups as DateParts, 0, 60);
  const rfc850 = RFC_850.exec(text);
  if (rfc850) {
    const horizon = new Date(now);
    const year = horizon.getUTCFullYear();
    const century = year - (year % 100);
    horizon.setUTCFullYear(year + TWO_DIGIT_YEAR_HORIZON);
    const parts = rfc850.groups as DateParts;
    const date = instantOf(parts, century, 59);
    return date !== undefined && date > horizon.getTime()
      ? instantOf(parts, century - 100, 59)
      : date;
  }
  const asctime = ASCTIME.exec(text);
  return asctime ? instantOf(asctime.groups as DateParts, 0, 59) : undefined;
}

/** The moment that the parts of a date name; `undefined` where there is no such moment. */
function instantOf(
  { day, month, year, time }: DateParts,
  century: number,
  lastSecond: 59 | 60,
): number | undefined {
  const monthAt = MONTHS.indexOf(month) / 3;
  const [hours, minutes, seconds] = time.split(':').map(Number) as [number, number, number];
  if (hours > 23 || minutes > 59 || seconds > lastSecond || !Number.isInteger(monthAt)) return;
  const date = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(Number(year) + century, monthAt, Number(day));
  // The 31st of a shorter month would run over into the next one.
  if (date.getUTCDate() !== Number(day)) return undefined;
  date.setUTCHours(hours, minutes, seconds);
  return date.getTime();
}
