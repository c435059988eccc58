export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A time in seconds with its range over the seeds: `10.8 (10.7–10.9)`, `never`, `2 of 5: 7.3`. */
export function secondsText(timesMs: readonly number[]): string {
  const recovered = timesMs.filter((time) => time < Infinity).map((time) => time / 1_000);
  if (recovered.length === 0) return 'never';
  const range = rangeText(recovered, (value) => value.toFixed(1));
  return recovered.length === timesMs.length
    ? range
    : `${recovered.length} of ${timesMs.length}: ${range}`;
}

/** A count with its range: `2,972 (2,866–3,018)`. */
export const countText = (counts: readonly number[]): string =>
  rangeText(counts, (value) => Math.round(value).toLocaleString('en'));

/** A share with its range, in percent. */
export const percentText = (shares: readonly number[], digits = 0): string =>
  `${rangeText(shares, (value) => (100 * value).toFixed(digits))} %`;

function rangeText(values: readonly number[], textOf: (value: number) => string): string {
  const [mean, least, most] = [meanOf(values), Math.min(...values), Math.max(...values)].map(
    textOf,
  );
  return least === most ? `${mean}` : `${mean} (${least}–${most})`;
}
