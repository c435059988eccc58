const USUAL = 100;
const LEAST = 60;
/** Longer lines are hard to read, however wide the window is. */
const MOST = 200;

/**
 * How many columns to print: as many as the terminal has, or as `COLUMNS` says, from 60 to 200.
 * A pipe without `COLUMNS` gets 100.
 */
export function widthOf(out: { readonly columns?: number }, env: NodeJS.ProcessEnv): number {
  const told = Number(env['COLUMNS']);
  const columns = out.columns || (Number.isInteger(told) && told > 0 ? told : USUAL);
  return Math.min(Math.max(columns, LEAST), MOST);
}
