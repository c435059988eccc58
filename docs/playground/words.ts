/** `78.7 %`; whole per cents where they are exact. */
export const percentText = (share: number): string => {
  if (Number.isNaN(share)) return '–';
  const percent = 100 * share;
  // 99.96 is not 100: nobody may read that nothing was lost.
  const rounded = share < 1 ? Math.min(99.9, Number(percent.toFixed(1))) : 100;
  return `${rounded} %`;
};

/** `0.4 s`, `12 s`. */
export function secondsText(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
}

/** `84 ms`, `1.2 s`; a dash where there is none. */
export function durationText(milliseconds: number | undefined): string {
  if (milliseconds === undefined || Number.isNaN(milliseconds)) return '–';
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : secondsText(milliseconds);
}

/** A number for people: `12,561`, `0.83`. */
export const countText = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
