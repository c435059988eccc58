import { describe, test } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import type { Classification } from '../../src/core/classification.ts';
import { defineCatalog, type Catalog } from '../../src/classify/catalog/catalog.ts';
import { classify } from '../../src/classify/classify.ts';
import { openai } from '../../src/catalogs/openai.ts';
import { stripe } from '../../src/catalogs/stripe.ts';

const failure = { status: 429 };

describe('the type of errorCode', () => {
  test('is any string without a catalog', () => {
    expectTypeOf(classify(failure)).toEqualTypeOf<Classification>();
    expectTypeOf(classify(failure, { now: 0 })).toEqualTypeOf<Classification>();
  });

  test('offers the codes of the catalog that is given, and admits others', () => {
    const mine = defineCatalog({ name: 'mine', codes: { busy: 'throttle', gone: 'fatal' } });
    const verdict = classify(failure, { catalog: mine });
    expectTypeOf(verdict.errorCode).toEqualTypeOf<'busy' | 'gone' | (string & {}) | undefined>();
    expectTypeOf<'busy'>().toExtend<typeof verdict.errorCode>();
    expectTypeOf<'unheard of'>().toExtend<typeof verdict.errorCode>();
  });

  test('offers the codes of every catalog in a list', () => {
    const one = defineCatalog({ name: 'one', codes: { a: 'fatal' } });
    const two = defineCatalog({ name: 'two', codes: { b: 'fatal' } });
    const verdict = classify(failure, { catalog: [one, two] });
    expectTypeOf(verdict.errorCode).toEqualTypeOf<'a' | 'b' | (string & {}) | undefined>();
  });

  test('is any string for a catalog whose codes are not known at compile time', () => {
    const loose: Catalog = stripe;
    expectTypeOf(classify(failure, { catalog: loose })).toEqualTypeOf<Classification>();
  });

  test('leaves the verdict assignable to the general one', () => {
    expectTypeOf(classify(failure, { catalog: openai })).toExtend<Classification>();
  });
});

describe('the type of a catalog', () => {
  test('has the union of its codes', () => {
    expectTypeOf<'lock_timeout'>().toExtend<keyof typeof stripe.codes>();
    expectTypeOf<'no such code'>().not.toExtend<keyof typeof stripe.codes>();
  });

  test('merges the union of the catalog that it extends', () => {
    const mine = defineCatalog({ extends: stripe, codes: { our_proxy_busy: 'throttle' } });
    expectTypeOf(mine).toEqualTypeOf<Catalog<keyof typeof stripe.codes | 'our_proxy_busy'>>();
  });

  test('is assignable to a catalog of any codes', () => {
    expectTypeOf(stripe).toExtend<Catalog>();
  });

  test('refuses a category that does not exist', () => {
    // @ts-expect-error: 'sometimes' is no category
    const wrong = () => defineCatalog({ name: 'x', codes: { a: 'sometimes' } });
    expectTypeOf(wrong).toBeFunction();
  });
});
