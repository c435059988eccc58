/** How the output looks to its reader. */
export interface Terminal {
  /** The width in characters. */
  readonly columns: number;
  readonly hasColours: boolean;
  /** Whether somebody watches: where it is piped, nothing is drawn anew. */
  readonly isInteractive: boolean;
}

/** A stream as `process.stdout` is one. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The width of output that goes to a file or a pipe. */
const PIPED_COLUMNS = 80;
/** Narrower than this nothing can be laid out; lines then run over. */
const LEAST_COLUMNS = 40;
const MOST_COLUMNS = 200;

/**
 * Tells how output looks: colours only on a terminal, unless the environment says otherwise
 * (`NO_COLOR`, `FORCE_COLOR`, `TERM=dumb`; the first two as https://no-color.org and Node have them).
 */
export function terminalOf(
  { isTTY = false, columns }: OutputStream,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const asked = Number(environment['COLUMNS']);
  const width = (isTTY ? columns : undefined) ?? (asked > 0 ? asked : PIPED_COLUMNS);
  return {
    columns: Math.min(Math.max(Math.floor(width), LEAST_COLUMNS), MOST_COLUMNS),
    hasColours: hasColours(isTTY, environment),
    isInteractive: isTTY && environment['TERM'] !== 'dumb',
  };
}

function hasColours(
  isTerminal: boolean,
  { NO_COLOR: no, FORCE_COLOR: force, TERM: term }: Readonly<Record<string, string | undefined>>,
): boolean {
  if (no !== undefined && no !== '') return false;
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  return isTerminal && term !== 'dumb';
}
