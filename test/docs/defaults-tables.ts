import { inspect } from 'node:util';
import { proseOf } from './markdown.ts';
import type { Page } from './markdown.ts';

/**
 * A table of options in the documentation. Its header is `| option | default | meaning |`, or begins
 * with `| option | default | why |`. Right above it a comment names the constant that holds the same
 * defaults, with the entry point or the source file that exports it:
 *
 *     <!-- defaults: RETRY_DEFAULTS from holdfast -->
 *
 *     | option | default | meaning |
 *     | --- | --- | --- |
 *     | `maxRetries` | `3` | … |
 *     | `clock` | – | … |
 *
 * The default is the first thing in backticks in its cell, written as in TypeScript; an option
 * without backticks there has no constant default (it is required, computed, or an object).
 */
export interface DefaultsTable {
  readonly place: string;
  /** The constant and the entry point or file that exports it, where the comment is there. */
  readonly constant: { readonly name: string; readonly entry: string } | undefined;
  readonly defaults: ReadonlyMap<string, unknown>;
  /** Options whose default cell holds no literal. */
  readonly without: readonly string[];
}

const HEADER = /^\|\s*option\s*\|\s*default\s*\|\s*(meaning|why)\s*\|/i;

/** The tables of options on a page. */
export function defaultsTablesOf(page: Page): readonly DefaultsTable[] {
  const lines = proseOf(page);
  return lines.flatMap((line, index) => {
    if (!HEADER.test(line)) return [];
    const above = lines.slice(0, index).findLast((text) => text.trim() !== '') ?? '';
    const [, name, entry] =
      /<!--\s*defaults:\s*(\w+)\s+from\s+(holdfast[\w/-]*|src\/[\w./-]+)\s*-->/.exec(above) ?? [];
    const defaults = new Map<string, unknown>();
    const without: string[] = [];
    for (const row of lines.slice(index + 2)) {
      if (!row.startsWith('|')) break;
      const [, option = '', value = ''] = row.split(/(?<!\\)\|/);
      const key = /`([^`]+)`/.exec(option)?.[1] ?? option.trim();
      const literal = /^\s*`([^`]+)`/.exec(value)?.[1];
      if (literal === undefined) without.push(key);
      else defaults.set(key, parseLiteral(literal));
    }
    return [
      {
        place: `${page.path}:${index + 1}`,
        constant: name === undefined || entry === undefined ? undefined : { name, entry },
        defaults,
        without,
      },
    ];
  });
}

/** Where a table and its constant disagree, a line for each option: empty where they agree. */
export function differencesOf(
  { constant, defaults, without }: DefaultsTable,
  actual: Readonly<Record<string, unknown>>,
): readonly string[] {
  const name = constant?.name ?? 'the constant';
  const options = new Set([...defaults.keys(), ...without, ...Object.keys(actual)]);
  return [...options].flatMap((option) => {
    const is = Object.hasOwn(actual, option) ? inspect(actual[option]) : 'nothing';
    const says = defaults.has(option) ? inspect(defaults.get(option)) : 'nothing';
    return is === says ? [] : [`${option}: ${name} says ${is}, the table says ${says}`];
  });
}

/** Reads a number (`30_000`), a quoted string, a keyword or an array of them, as TypeScript does. */
export function parseLiteral(text: string): unknown {
  const keywords = new Map<string, unknown>([
    ['true', true],
    ['false', false],
    ['undefined', undefined],
    ['null', null],
    ['Infinity', Infinity],
  ]);
  if (keywords.has(text)) return keywords.get(text);
  const quoted = /^'([^']*)'$/.exec(text);
  if (quoted !== null) return quoted[1];
  const list = /^\[(.*)\]$/.exec(text);
  if (list !== null) {
    const items = (list[1] ?? '').split(',').map((item) => item.trim());
    return items.filter((item) => item !== '').map(parseLiteral);
  }
  const number = Number(text.replaceAll('_', ''));
  if (Number.isNaN(number)) throw new Error(`not a literal of TypeScript: ${text}`);
  return number;
}
