import { describe, expect, test } from '@jest/globals';
import {
  defineCatalog,
  ruleForCode,
  ruleForStatus,
} from '../../../src/classify/catalog/catalog.ts';
import { OptionError } from '../../../src/core/options.ts';

const base = defineCatalog({
  name: 'base',
  hosts: ['api.base.test', '*.base.test'],
  codes: {
    busy: 'throttle',
    twofold: [{ category: 'fatal', statuses: [413] }, { category: 'throttle' }],
    worded: { category: 'fatal', phrases: ['Monthly Limit'] },
  },
  statuses: { 498: { category: 'throttle', source: 'the docs' } },
  errorBodies: 'in-success',
  unsafeMethods: 'retry',
});

describe('a catalog', () => {
  test('is frozen, its rows too', () => {
    expect(Object.isFrozen(base)).toBe(true);
    expect(Object.isFrozen(base.codes)).toBe(true);
    expect(Object.isFrozen(base.codes.worded)).toBe(true);
    expect(Object.isFrozen(base.hosts)).toBe(true);
  });

  test('does not change with the objects that it was made from', () => {
    const statuses = [429];
    const codes = { a: { category: 'throttle' as const, statuses } };
    const catalog = defineCatalog({ name: 'copy', codes });
    statuses.push(500);
    expect(ruleForCode(catalog, 'a', 500, undefined)).toBeUndefined();
  });

  test('has quiet defaults', () => {
    expect(defineCatalog({ name: 'plain' })).toMatchObject({
      hosts: [],
      errorBodies: 'in-failure',
      unsafeMethods: 'when-unprocessed',
    });
  });

  test('inherits everything from the one that it extends, and replaces what it names', () => {
    const mine = defineCatalog({
      extends: base,
      hosts: ['api.mine.test'],
      codes: { busy: 'retryable', more: 'fatal' },
      errorBodies: 'in-failure',
    });
    expect(mine.name).toBe('base');
    expect(mine.hosts).toEqual(['api.base.test', '*.base.test', 'api.mine.test']);
    expect(mine.errorBodies).toBe('in-failure');
    expect(mine.unsafeMethods).toBe('retry');
    expect(ruleForCode(mine, 'busy', 429, undefined)?.rule.category).toBe('retryable');
    expect(ruleForCode(mine, 'more', 400, undefined)?.rule.category).toBe('fatal');
    expect(ruleForCode(mine, 'twofold', 413, undefined)?.rule.category).toBe('fatal');
    expect(ruleForStatus(mine, 498, undefined)?.rule.source).toBe('the docs');
    expect(ruleForCode(base, 'busy', 429, undefined)?.rule.category).toBe('throttle');
  });
});

describe('a row of a catalog', () => {
  test('holds for any status where it names none', () => {
    expect(ruleForCode(base, 'busy', undefined, undefined)?.rule.category).toBe('throttle');
  });

  test('is told apart by status: the first that holds decides', () => {
    expect(ruleForCode(base, 'twofold', 413, undefined)?.rule.category).toBe('fatal');
    expect(ruleForCode(base, 'twofold', 429, undefined)?.rule.category).toBe('throttle');
  });

  test('holds only where the message has its phrase, in upper or lower case', () => {
    expect(ruleForCode(base, 'worded', 429, 'your MONTHLY limit is used up')?.rule.category).toBe(
      'fatal',
    );
    expect(ruleForCode(base, 'worded', 429, 'slow down')).toBeUndefined();
    expect(ruleForCode(base, 'worded', 429, undefined)).toBeUndefined();
  });

  test('is not found under a name that every object inherits', () => {
    for (const code of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(ruleForCode(base, code, 400, undefined)).toBeUndefined();
    }
  });

  test('comes from the first catalog of several that has an opinion', () => {
    const other = defineCatalog({ name: 'other', codes: { worded: 'retryable' } });
    expect(ruleForCode([base, other], 'worded', 429, 'anything')?.catalog.name).toBe('other');
    expect(ruleForCode([base, other], 'worded', 429, 'monthly limit')?.catalog.name).toBe('base');
  });

  test('is not there without a catalog', () => {
    expect(ruleForCode(undefined, 'busy', 429, undefined)).toBeUndefined();
    expect(ruleForStatus([], 498, undefined)).toBeUndefined();
  });
});

describe('a wrong definition', () => {
  const wrong: readonly (readonly [string, unknown, string])[] = [
    ['no object', undefined, 'catalog must be an object with name, hosts and codes'],
    ['no name', { codes: {} }, 'catalog.name must be a name, but it is undefined'],
    ['an empty name', { name: '' }, 'catalog.name must be a name, but it is ""'],
    ['an unknown option', { name: 'x', code: {} }, 'catalog.code must be left out'],
    ['a category that is none', { name: 'x', codes: { a: 'maybe' } }, 'catalog.codes["a"] must be'],
    [
      'a success',
      { name: 'x', codes: { a: { category: 'success' } } },
      `catalog.codes["a"].category must be 'retryable', 'throttle' or 'fatal', but it is "success"`,
    ],
    ['an empty list of rules', { name: 'x', codes: { a: [] } }, 'catalog.codes["a"] must be at le'],
    [
      'an unknown member of a rule',
      { name: 'x', codes: { a: { category: 'fatal', status: 400 } } },
      'catalog.codes["a"].status must be left out',
    ],
    [
      'a status that is none',
      { name: 'x', codes: { a: { category: 'fatal', statuses: [42] } } },
      'catalog.codes["a"].statuses must be a list of HTTP statuses, but it is an array',
    ],
    [
      'an empty phrase',
      { name: 'x', codes: { a: { category: 'fatal', phrases: [''] } } },
      'catalog.codes["a"].phrases must be a list of phrases',
    ],
    ['a key that is no status', { name: 'x', statuses: { teapot: 'fatal' } }, 'an HTTP status'],
    [
      'a host with a scheme',
      { name: 'x', hosts: ['https://api.test'] },
      'catalog.hosts[0] must be a host name',
    ],
    ['hosts that are no list', { name: 'x', hosts: 'api.test' }, 'catalog.hosts must be a list'],
    [
      'an unknown word',
      { name: 'x', errorBodies: 'everywhere' },
      `catalog.errorBodies must be one of 'in-failure', 'in-success', but it is "everywhere"`,
    ],
    ['a base that is no catalog', { extends: { name: 'x' } }, 'catalog.extends must be a catalog'],
  ];
  test.each(wrong)('is refused: %s', (_what, definition, message) => {
    const define = () => defineCatalog(definition as { name: string });
    expect(define).toThrow(OptionError);
    expect(define).toThrow(message);
  });
});
