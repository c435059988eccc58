/**
 * Moments of a limit's schedule, evenly spaced. Each lets one token's worth start, from its moment
 * until it is so old that it has expired. Times are milliseconds of the store's clock.
 */
export interface Slots {
  readonly start: number;
  readonly count: number;
  readonly spacing: number;
}

/** How the store writes slots: `start/count/spacing`, several with `;`. */
export const writeSlots = (all: readonly Slots[]): string =>
  all.map(({ start, count, spacing }) => `${start}/${count}/${spacing}`).join(';');

/** @throws TypeError for a text that is none of the store's. */
export function readSlots(text: string): Slots[] {
  if (text === '') return [];
  return text.split(';').map((one) => {
    const [start = NaN, count = NaN, spacing = NaN] = one.split('/').map(Number);
    if (!(start >= 0 && count >= 1 && spacing > 0)) {
      throw new TypeError(`the store answered with no slots: ${text.slice(0, 100)}`);
    }
    return { start, count, spacing };
  });
}
