import { OptionError, objectWith, oneOf, orFalse } from '../../core/options.ts';
import type { StreamReading } from '../streams/stream-reading.ts';
import type { Catalog, CatalogEntry, CatalogRule, FailureCategory } from './catalog-shape.ts';

/** The definition that {@link defineCatalog} takes. */
export interface CatalogDefinition<Code extends string, Base extends string> {
  /** The provider's name. @defaultValue the name of the catalog that is extended */
  readonly name?: string | undefined;
  /** Hosts, each an exact name or `*.` and a suffix; added to those of the extended catalog. */
  readonly hosts?: readonly string[] | undefined;
  /** What each code means; a code of the extended catalog is replaced. */
  readonly codes?: Readonly<Record<Code, CatalogEntry>> | undefined;
  /** What a status means, for responses whose code says nothing. */
  readonly statuses?: Readonly<Record<number, CatalogEntry>> | undefined;
  /** Where errors stand. @defaultValue 'in-failure' */
  readonly errorBodies?: 'in-failure' | 'in-success' | undefined;
  /** Whether a POST backs off like a GET. @defaultValue 'when-unprocessed' */
  readonly unsafeMethods?: 'when-unprocessed' | 'retry' | undefined;
  /** The header by which a repeated request is known; `false` for none. @defaultValue 'Idempotency-Key' */
  readonly idempotencyHeader?: string | false | undefined;
  /** How streams of events are read: `eventStreams({ … })`, or `false`. @defaultValue not at all */
  readonly streams?: StreamReading | false | undefined;
  /** The catalog that this one starts from. */
  readonly extends?: Catalog<Base> | undefined;
}

/**
 * Makes a catalog: checked, frozen, and typed by its codes, so that a classification made with it
 * knows them.
 *
 * Codes are matched exactly as the server spells them.
 *
 * @throws {@link OptionError} naming the option, what was expected and what came.
 *
 * @example
 * const mine = defineCatalog({
 *   extends: stripe,
 *   codes: { lock_timeout: 'throttle', our_proxy_busy: { category: 'throttle', statuses: [503] } },
 * });
 */
export function defineCatalog<const Code extends string = never, Base extends string = never>(
  definition: CatalogDefinition<Code, Base>,
): Catalog<Code | Base> {
  if (typeof definition !== 'object' || definition === null) {
    throw new OptionError('catalog', 'an object with name, hosts and codes', definition);
  }
  for (const [option, value] of Object.entries(definition)) {
    if (!OPTIONS.includes(option)) {
      throw new OptionError(
        `catalog.${option}`,
        `left out: the options here are ${OPTIONS.join(', ')}`,
        value,
      );
    }
  }
  const base = readBase(definition.extends);
  const name = definition.name ?? base?.name;
  if (typeof name !== 'string' || name === '') {
    throw new OptionError('catalog.name', 'a name', definition.name);
  }
  return Object.freeze({
    name,
    hosts: Object.freeze([...new Set([...(base?.hosts ?? []), ...readHosts(definition.hosts)])]),
    codes: readEntries('catalog.codes', base?.codes, definition.codes) as Readonly<
      Record<Code | Base, CatalogEntry>
    >,
    statuses: readEntries('catalog.statuses', base?.statuses, definition.statuses, isStatus),
    errorBodies: readWord(
      'catalog.errorBodies',
      definition.errorBodies,
      base?.errorBodies ?? 'in-failure',
      ['in-failure', 'in-success'],
    ),
    unsafeMethods: readWord(
      'catalog.unsafeMethods',
      definition.unsafeMethods,
      base?.unsafeMethods ?? 'when-unprocessed',
      ['when-unprocessed', 'retry'],
    ),
    idempotencyHeader: readHeaderName(definition.idempotencyHeader, base?.idempotencyHeader),
    streams: readStreams(definition.streams, base?.streams),
  });
}

const OPTIONS: readonly string[] = [
  'name',
  'hosts',
  'codes',
  'statuses',
  'errorBodies',
  'unsafeMethods',
  'idempotencyHeader',
  'streams',
  'extends',
];
const CATEGORIES: readonly unknown[] = ['retryable', 'throttle', 'fatal'];
const HOST = /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/;

function readBase<Base extends string>(base: Catalog<Base> | undefined): Catalog<Base> | undefined {
  if (base === undefined) return undefined;
  if (typeof base !== 'object' || base === null || !base.codes || !base.statuses) {
    throw new OptionError('catalog.extends', 'a catalog', base);
  }
  return base;
}

/** A token of RFC 9110. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

function readHeaderName(
  given: string | false | undefined,
  inherited: string | false | undefined,
): string | false | undefined {
  if (given === undefined) return inherited;
  if (given === false || (typeof given === 'string' && HEADER_NAME.test(given))) return given;
  throw new OptionError('catalog.idempotencyHeader', 'the name of a header, or false', given);
}

const { expected: expectedStreams, accepts: isStreamReading } = orFalse(
  objectWith('reads', 'hold'),
);

function readStreams(
  given: StreamReading | false | undefined,
  inherited: StreamReading | false | undefined,
): StreamReading | false | undefined {
  if (given === undefined) return inherited;
  if (isStreamReading(given)) return given;
  throw new OptionError('catalog.streams', expectedStreams, given);
}

function readHosts(hosts: readonly string[] | undefined): readonly string[] {
  if (hosts === undefined) return [];
  if (!Array.isArray(hosts)) throw new OptionError('catalog.hosts', 'a list of host names', hosts);
  hosts.forEach((host: unknown, index) => {
    if (typeof host !== 'string' || !HOST.test(host)) {
      throw new OptionError(
        `catalog.hosts[${index}]`,
        "a host name in lower case, or '*.' and a suffix, without scheme, port or path",
        host,
      );
    }
  });
  return hosts;
}

function readEntries(
  option: string,
  base: object | undefined,
  entries: object | undefined,
  keyCheck?: { readonly expected: string; accepts(key: string): boolean },
): Readonly<Record<string, CatalogEntry>> {
  if (entries !== undefined && (typeof entries !== 'object' || entries === null)) {
    throw new OptionError(option, 'an object of entries', entries);
  }
  const merged: Record<string, CatalogEntry> = Object.create(null);
  Object.assign(merged, base);
  for (const [key, entry] of Object.entries(entries ?? {})) {
    if (keyCheck && !keyCheck.accepts(key)) {
      throw new OptionError(`a key of ${option}`, keyCheck.expected, key);
    }
    merged[key] = readEntry(`${option}[${JSON.stringify(key)}]`, entry);
  }
  return Object.freeze(merged);
}

const isStatus = {
  expected: 'an HTTP status, 100 to 999',
  accepts: (key: string) => /^[1-9]\d\d$/.test(key),
};

function readEntry(option: string, entry: unknown): CatalogEntry {
  if (typeof entry === 'string') {
    if (!CATEGORIES.includes(entry)) throw new OptionError(option, EXPECTED_ENTRY, entry);
    return entry as FailureCategory;
  }
  if (Array.isArray(entry)) {
    if (entry.length === 0) throw new OptionError(option, 'at least one rule', entry);
    return Object.freeze(entry.map((rule, index) => readRule(`${option}[${index}]`, rule)));
  }
  return readRule(option, entry);
}

const EXPECTED_ENTRY =
  "'retryable', 'throttle' or 'fatal', a rule with such a category, or a list of rules";

function readRule(option: string, rule: unknown): CatalogRule {
  if (typeof rule !== 'object' || rule === null) {
    throw new OptionError(option, EXPECTED_ENTRY, rule);
  }
  const { category, statuses, phrases, source, ...others } = rule as Partial<CatalogRule>;
  const [unknownName] = Object.keys(others);
  if (unknownName !== undefined) {
    throw new OptionError(
      `${option}.${unknownName}`,
      'left out: a rule has category, statuses, phrases and source',
      (others as Record<string, unknown>)[unknownName],
    );
  }
  if (!CATEGORIES.includes(category)) {
    throw new OptionError(`${option}.category`, "'retryable', 'throttle' or 'fatal'", category);
  }
  if (source !== undefined && typeof source !== 'string') {
    throw new OptionError(`${option}.source`, 'a text', source);
  }
  return Object.freeze({
    category: category as FailureCategory,
    ...(statuses !== undefined && {
      statuses: readList(`${option}.statuses`, statuses, isStatusNumber),
    }),
    ...(phrases !== undefined && { phrases: readList(`${option}.phrases`, phrases, isPhrase) }),
    ...(source !== undefined && { source }),
  });
}

interface ItemCheck<Item> {
  readonly expected: string;
  accepts(value: Item): boolean;
}

const isStatusNumber: ItemCheck<number> = {
  expected: 'a list of HTTP statuses',
  accepts: (value) => Number.isInteger(value) && value >= 100 && value <= 999,
};

const isPhrase: ItemCheck<string> = {
  expected: 'a list of phrases',
  accepts: (value) => typeof value === 'string' && value !== '',
};

function readList<Item>(
  option: string,
  list: readonly Item[],
  check: ItemCheck<Item>,
): readonly Item[] {
  if (!Array.isArray(list) || !list.every((item) => check.accepts(item))) {
    throw new OptionError(option, check.expected, list);
  }
  return Object.freeze([...list]);
}

function readWord<Word extends string>(
  option: string,
  given: Word | undefined,
  otherwise: Word,
  words: readonly Word[],
): Word {
  const { expected, accepts } = oneOf(...words);
  if (given !== undefined && !accepts(given)) throw new OptionError(option, expected, given);
  return given ?? otherwise;
}
