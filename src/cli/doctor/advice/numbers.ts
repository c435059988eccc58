/** The next number that a person would choose: 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value) ?? 10;
  return Math.round(step * power * 1e6) / 1e6;
}

/** Two digits, never more than the value. */
export function roundDown(value: number): number {
  const power = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.round(Math.floor(value / power + 1e-9) * power * 1e6) / 1e6;
}

/** A number as code has it: `60_000`. */
export const asCode = (value: number): string =>
  Number.isInteger(value) && value >= 10_000
    ? String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, '_')
    : String(value);

/** `1 answer`, `2,000 answers`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
