import { asCode } from './advice/numbers.ts';
import type { Advice } from './advice/advice.ts';

type Value = string | number | { readonly [name: string]: Value };

/** Options of `resilientFetch` as JSON: a catalog stands there by its name, or as `byHost`. */
export type Settings = Readonly<Record<string, Value>>;

/** Options that are the same for every server. */
const SHARED: ReadonlySet<string> = new Set(['catalog', 'idempotencyKey']);

/**
 * The advised values as options of `resilientFetch`: side by side for one server, under `forKey` for
 * several. An idempotency key is for one server only: others may not heed it. Advice that depends on
 * what the user wants is not among them.
 */
export function settingsFor(
  advice: readonly Advice[],
  asked: 'one server' | 'several servers',
): Settings {
  const settings: Record<string, Value> = {};
  const forKey: Record<string, Record<string, Value>> = {};
  for (const { setting, origin, value, isConditional } of advice) {
    if (value === undefined || isConditional) continue;
    if (asked === 'one server') put(settings, setting, value);
    else if (setting === 'catalog') settings['catalog'] = 'byHost';
    else if (!SHARED.has(setting) && origin !== undefined) {
      put((forKey[origin] ??= {}), setting, value);
    }
  }
  return Object.keys(forKey).length === 0 ? settings : { ...settings, forKey };
}

/** `retry.maxRetryAfterMs` is a member of `retry`. */
function put(into: Record<string, Value>, setting: string, value: Value): void {
  const [first = '', second] = setting.split('.');
  if (second === undefined) into[first] = value;
  else into[first] = { ...(into[first] as Record<string, Value> | undefined), [second]: value };
}

/** Settings as code that can be copied; no lines where there are none. */
export function settingsCode(settings: Settings): readonly string[] {
  if (Object.keys(settings).length === 0) return [];
  const { catalog } = settings;
  const name = typeof catalog === 'string' ? exportOf(catalog) : undefined;
  return [
    "import { resilientFetch } from 'holdfast';",
    ...(name === undefined ? [] : [`import { ${name} } from 'holdfast/catalogs';`]),
    '',
    'const fetch = resilientFetch(globalThis.fetch, {',
    ...membersOf({ ...settings, ...(name === undefined ? {} : { catalog: name }) }, '  '),
    '});',
  ];
}

/** The name under which `holdfast/catalogs` exports a catalog: `microsoft-graph` is `microsoftGraph`. */
export const exportOf = (catalog: string): string =>
  catalog.replaceAll(/-(\w)/g, (_hyphen, letter: string) => letter.toUpperCase());

function membersOf(settings: Settings, indent: string): readonly string[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const name = /^[A-Za-z]\w*$/.test(key) ? key : `'${key}'`;
    if (typeof value === 'number') return [`${indent}${name}: ${asCode(value)},`];
    if (typeof value === 'string') {
      return [`${indent}${name}: ${key === 'catalog' ? value : `'${value}'`},`];
    }
    return [`${indent}${name}: {`].concat(membersOf(value, `${indent}  `), `${indent}},`);
  });
}
