import { parseArgs } from 'node:util';
import { UsageError } from './usage.ts';

/** The response to explain, and the form of the output. */
export interface ExplainCommand {
  readonly kind: 'explain';
  readonly status: number | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Text as given; a leading `@` names a file. */
  readonly body: string | undefined;
  readonly url: string | undefined;
  readonly catalog: string | undefined;
  /** @defaultValue that of the request that the input shows, or GET */
  readonly method: string | undefined;
  readonly now: number | undefined;
  readonly maxRetries: number | undefined;
  readonly output: 'text' | 'json';
  /** A file's path, or `-` for standard input. */
  readonly input: string | undefined;
}

/** The task of the command line. */
export type Command = ExplainCommand | { readonly kind: 'help' } | { readonly kind: 'version' };

const OPTIONS = {
  status: { type: 'string', short: 's' },
  header: { type: 'string', short: 'H', multiple: true },
  body: { type: 'string', short: 'd' },
  url: { type: 'string', short: 'u' },
  catalog: { type: 'string', short: 'c' },
  method: { type: 'string', short: 'X' },
  now: { type: 'string' },
  'max-retries': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/**
 * Reads the command line.
 *
 * @throws {@link UsageError} for anything that it does not know or cannot use.
 */
export function parseCommand(words: readonly string[]): Command {
  const { values, positionals } = parse(words);
  if (values.help === true || positionals[0] === 'help') return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  const [command, input, ...surplus] = positionals;
  if (command === undefined) throw new UsageError('which command? There is one: explain');
  if (command !== 'explain') {
    throw new UsageError(`there is no command "${command}"; there is one: explain`);
  }
  if (surplus.length > 0) {
    throw new UsageError(`one input at most, but ${surplus.length + 1} are given`);
  }
  return {
    kind: 'explain',
    status: values.status === undefined ? undefined : readStatus(values.status),
    headers: (values.header ?? []).map(readHeader),
    body: values.body,
    url: values.url === undefined ? undefined : readUrl(values.url),
    catalog: values.catalog,
    method: values.method === undefined ? undefined : readMethod(values.method),
    now: values.now === undefined ? undefined : readTime(values.now),
    maxRetries:
      values['max-retries'] === undefined ? undefined : readRetries(values['max-retries']),
    output: values.json === true ? 'json' : 'text',
    input,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // Node's own words are good; only the hint about "--" that it adds is not for this program.
    const [said = 'the arguments cannot be read'] = (error as Error).message.split('. To specify');
    throw new UsageError(said);
  }
}

function readStatus(text: string): number {
  if (!/^[1-9]\d\d$/.test(text)) {
    throw new UsageError(`--status must be three digits, 100 to 999, but it is "${text}"`);
  }
  return Number(text);
}

function readHeader(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0)).trim();
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    throw new UsageError(`--header must be "name: value", but it is "${text}"`);
  }
  return [name, text.slice(colon + 1).trim()];
}

function readUrl(text: string): string {
  if (!URL.canParse(text)) {
    throw new UsageError(`--url must be a URL with its scheme, but it is "${text}"`);
  }
  return text;
}

function readMethod(text: string): string {
  if (!/^[A-Za-z]+$/.test(text)) {
    throw new UsageError(`--method must be an HTTP method, but it is "${text}"`);
  }
  return text.toUpperCase();
}

function readTime(text: string): number {
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(time)) {
    throw new UsageError(`--now must be epoch milliseconds or a date, but it is "${text}"`);
  }
  return time;
}

function readRetries(text: string): number {
  const retries = Number(text);
  if (!/^\d+$/.test(text) || retries > 100) {
    throw new UsageError(`--max-retries must be a whole number, 0 to 100, but it is "${text}"`);
  }
  return retries;
}
